// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "arguments.h"

char malformed[200];

void parse_command(struct command *command, const char *line)
{
	char *word, *rest = command->text;

	if (strlen(line) >= sizeof(command->text)) {
		snprintf(malformed, sizeof(malformed), "a line of %zu characters", strlen(line));
		return;
	}
	strcpy(command->text, line);
	command->nr_args = 0;
	command->name = strsep(&rest, " ");
	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');

		if (!value || command->nr_args == 8) {
			snprintf(malformed, sizeof(malformed), "\"%.60s\" in %.60s", word, command->name);
			return;
		}
		*value++ = 0;
		command->keys[command->nr_args] = word;
		command->values[command->nr_args++] = value;
	}
}

static const char *word_of(const struct command *command, const char *key, const char *fallback)
{
	for (int i = 0; i < command->nr_args; i++)
		if (!strcmp(command->keys[i], key))
			return command->values[i];
	if (!fallback)
		snprintf(malformed, sizeof(malformed), "%s lacks %s", command->name, key);
	return fallback ? fallback : "";
}

uint32_t number_of(const struct command *command, const char *key, const char *fallback, uint32_t most)
{
	const char *text = word_of(command, key, fallback);
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (*malformed)
		return 0;
	if (*text < '0' || *text > '9' || *end || value > most) {
		snprintf(malformed, sizeof(malformed), "%s %s=%.40s is not 0..%u", command->name, key, text, most);
		return 0;
	}
	return value;
}

int choice_or(const struct command *command, const char *key, const char *fallback, const char *const *words, int n)
{
	const char *text = word_of(command, key, fallback);

	for (int i = 0; i < n; i++)
		if (!strcmp(text, words[i]))
			return i;
	if (!*malformed)
		snprintf(malformed, sizeof(malformed), "%s %s=%.40s is unknown", command->name, key, text);
	return 0;
}

int choice_of(const struct command *command, const char *key, const char *const *words, int n)
{
	return choice_or(command, key, NULL, words, n);
}

struct slot *slot_of(const struct command *command)
{
	return &slots[number_of(command, "slot", "0", nr_slots - 1)];
}
