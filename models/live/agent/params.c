// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>
#include "files.h"
#include "params.h"

char host_nx[16], host_ratio[16], host_period[16];
int has_period;
uint32_t param_ratio, param_period;
int param_nx;
char found_params[1000];

int set_number(const char *path, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	return write_text(path, text);
}

int set_nx(int on)
{
	return write_text(NX, on ? "force" : "off");
}

void idle_params(void)
{
	set_number(RATIO, 0);
	if (has_period)
		set_number(PERIOD, 0);
}

void default_params(void)
{
	idle_params();
	set_nx(1);
	param_nx = 1;
	param_period = 0;
	param_ratio = 60;
	set_number(RATIO, 60);
}

void save_params(void)
{
	read_line(NX, host_nx, sizeof(host_nx));
	read_line(RATIO, host_ratio, sizeof(host_ratio));
	has_period = *read_line(PERIOD, host_period, sizeof(host_period)) != 0;
}

/* "auto" is tried first, since reading does not tell it from "force" or "off". */
void restore_params(void)
{
	char now[16];

	if (!*host_nx)
		return;
	if (write_text(NX, "auto") || strcmp(read_line(NX, now, sizeof(now)), host_nx))
		set_nx(*host_nx == 'Y');
	if (has_period)
		write_text(PERIOD, host_period);
	write_text(RATIO, host_ratio);
}

void find_params(void)
{
	FILE *file = fopen("/proc/cmdline", "r");
	char line[4096], *rest, *word;

	if (!file)
		return;
	if (fgets(line, sizeof(line), file)) {
		for (word = strtok_r(line, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
			char path[200], value[64];
			size_t length = strlen(found_params);

			if (strncmp(word, "kvm.", 4))
				continue;
			word += 4;
			word[strcspn(word, "=")] = 0;
			if (strchr(word, '/'))
				continue;
			snprintf(path, sizeof(path), PARAM("%s"), word);
			read_line(path, value, sizeof(value));
			for (char *space; (space = strpbrk(value, " \t"));)
				*space = '_';
			snprintf(found_params + length, sizeof(found_params) - length, " param.%s=%s", word,
				 *value ? value : "-");
		}
	}
	fclose(file);
}
