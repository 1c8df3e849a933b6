// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "answers.h"
#include "files.h"
#include "watched.h"

#define TRACEFS "/sys/kernel/tracing/"
#define MAX_WATCHED 64
static struct { char name[64]; long before; int probed; } watched[MAX_WATCHED];
static int nr_watched;

/* A symbol of a function: its module (empty: the kernel's own) and its name, as a compiler may have lengthened it. */
struct symbol { char module[32], name[160]; int rank; };

/* KVM's own are meant first: others may have functions of the same name. */
static int rank_of(const char *module, int whole)
{
	int rank = !strcmp(module, "kvm") ? 4 : !strncmp(module, "kvm", 3) ? 3 : *module ? 1 : 2;

	return rank * 2 + whole;
}

static void find_symbols(struct symbol *symbols)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		char type, name[160], module[40] = "";
		int fields = sscanf(line, "%*s %c %159s [%39[^]]", &type, name, module);
		size_t length = strcspn(name, ".");

		if (fields < 2 || !strchr("tT", type) || strstr(name, ".cold") || strlen(module) > 31)
			continue;
		for (int i = 0; i < nr_watched; i++) {
			int rank = rank_of(module, !name[length]);

			if (strncmp(watched[i].name, name, length) || watched[i].name[length] ||
			    rank <= symbols[i].rank)
				continue;
			symbols[i].rank = rank;
			strcpy(symbols[i].name, name);
			strcpy(symbols[i].module, module);
		}
	}
	if (file)
		fclose(file);
}

/* NULL if it is counted from now on, else why not. */
static const char *probe(int i, const struct symbol *symbol)
{
	char text[256];
	int fd, error;

	if (!symbol->rank)
		return "absent";
	snprintf(text, sizeof(text), "p:touched/f%d %.31s%s%.159s", i, symbol->module,
		 *symbol->module ? ":" : "", symbol->name);
	fd = open(TRACEFS "kprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC);
	error = fd < 0 || write(fd, text, strlen(text)) < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	if (error == EADDRNOTAVAIL)
		return "several";
	return error ? "refused" : NULL;
}

void watch(char *names)
{
	static struct symbol symbols[MAX_WATCHED];
	const char *missing = access(TRACEFS "trace", F_OK) ? "CONFIG_FTRACE" :
			      access(TRACEFS "kprobe_events", F_OK) ? "CONFIG_KPROBE_EVENTS" : NULL;

	if (missing) {
		say("touched !%s\n", missing);
		return;
	}
	if (!nr_watched) {
		for (char *name; (name = strsep(&names, " "));)
			if (*name && nr_watched < MAX_WATCHED && strlen(name) < sizeof(watched[0].name))
				strcpy(watched[nr_watched++].name, name);
		memset(symbols, 0, sizeof(symbols));
		find_symbols(symbols);
	}
	say("touched");
	for (int i = 0; i < nr_watched; i++) {
		const char *trouble = watched[i].probed ? NULL : probe(i, &symbols[i]);

		watched[i].probed = !trouble;
		say(" %s=%s", watched[i].name, trouble ? trouble : "ok");
	}
	say("\n");
	write_text(TRACEFS "events/touched/enable", "1");
}

void count_watched(int tell)
{
	FILE *file = nr_watched ? fopen(TRACEFS "kprobe_profile", "r") : NULL;
	char line[256];
	int i;
	long hits;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " f%d %ld", &i, &hits) != 2 || i < 0 || i >= nr_watched)
			continue;
		if (tell && hits > watched[i].before)
			say("ran %s %ld\n", watched[i].name, hits - watched[i].before);
		watched[i].before = hits;
	}
	if (file)
		fclose(file);
}
