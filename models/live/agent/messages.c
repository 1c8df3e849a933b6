// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "answers.h"
#include "kvm.h"
#include "messages.h"
#include "pages.h"
#include "run.h"
#include "signals.h"
#include "slots.h"
#include "stub.h"
#include "tables.h"
#include "vm.h"
#include "watched.h"

int in_fd = 0;

struct command program[MAX_COMMANDS];
int nr_commands;
char program_id[32];

/* A slot of another shape than the last program's gets other memory. */
static void parse_slot(const struct command *command, struct slot *slot)
{
	int home = number_of(command, "home", NULL, 2 * MAX_REGIONS);
	int away = number_of(command, "away", NULL, 2 * MAX_REGIONS);
	int regions = number_of(command, "regions", NULL, MAX_REGIONS);
	enum backing backing = choice_of(command, "backing", backing_names, BACKINGS);

	if (!regions && !*malformed)
		snprintf(malformed, sizeof(malformed), "a slot of no regions");
	if (*malformed)
		return;
	if (slot->regions != regions) {
		drop_memory_of(slot);
		memset(slot, 0, sizeof(*slot));
	}
	slot->home = home;
	slot->away = away;
	slot->regions = regions;
	slot->first = backing;
	slot->at = -1;
}

/* One line of a message; 1 when it is complete. */
static int take_line(const char *line)
{
	static char names[8192];
	struct command command;

	if (!strncmp(line, "program ", 8)) {
		snprintf(program_id, sizeof(program_id), "%s", line + 8);
		nr_slots = nr_commands = uses_shadow = uses_directories = 0;
		nr_vcpus = 1;
		*malformed = 0;
		return 0;
	}
	if (!strcmp(line, "end"))
		return 1;
	if (*malformed)
		return 0;
	if (!*program_id && !strcmp(line, "hello")) {
		say_hello();
		return 0;
	}
	if (!*program_id && !strncmp(line, "touched ", 8)) {
		snprintf(names, sizeof(names), "%s", line + 8);
		watch(names);
		flush_out();
		return 0;
	}
	if (!*program_id) {
		snprintf(malformed, sizeof(malformed), "\"%.60s\" outside of a program", line);
		return 0;
	}
	if (!strncmp(line, "vcpus ", 6)) {
		nr_vcpus = atoi(line + 6);
		if (nr_vcpus < 1 || nr_vcpus > MAX_VCPUS)
			snprintf(malformed, sizeof(malformed), "vcpus %.20s: 1..%d", line + 6, MAX_VCPUS);
		return 0;
	}
	if (!strncmp(line, "slot ", 5)) {
		parse_command(&command, line);
		if (nr_slots == MAX_SLOTS)
			snprintf(malformed, sizeof(malformed), "more than %d slots", MAX_SLOTS);
		if (!*malformed)
			parse_slot(&command, &slots[nr_slots]);
		if (!*malformed)
			nr_slots++;
		return 0;
	}
	if (nr_commands == MAX_COMMANDS) {
		snprintf(malformed, sizeof(malformed), "more than %d commands", MAX_COMMANDS);
		return 0;
	}
	parse_command(&program[nr_commands++], line);
	if (strstr(line, "mmu=shadow"))
		uses_shadow = nested;
	if (strstr(line, "size=2m") && !strncmp(line, "remap_entry ", 12))
		uses_directories = nested;
	return 0;
}

void serve(void)
{
	static char in[MAX_MESSAGE];
	size_t have = 0;

	while (!ended) {
		struct pollfd poll_in = { .fd = in_fd, .events = POLLIN };
		char *line, *newline;
		ssize_t n;

		if (poll(&poll_in, 1, -1) < 0)
			continue;
		n = read(in_fd, in + have, sizeof(in) - have);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return;
		have += n;
		for (line = in; (newline = memchr(line, '\n', in + have - line)); line = newline + 1) {
			*newline = 0;
			if (strlen(line) != (size_t)(newline - line))
				snprintf(malformed, sizeof(malformed), "a line with a zero byte");
			if (take_line(line)) {
				run_program();
				flush_out();
			}
		}
		have -= line - in;
		memmove(in, line, have);
		if (have == sizeof(in)) {
			have = 0;
			snprintf(malformed, sizeof(malformed), "a line without an end");
		}
	}
}
