// SPDX-License-Identifier: MIT
/* A command in words, and its arguments. */
#pragma once

#include <stdint.h>
#include "slots.h"

struct command {
	char text[128];		/* cut into words */
	const char *name;
	const char *keys[8], *values[8];
	int nr_args;
};

/* Set while a message is read, or a command's arguments: the message makes no sense. */
extern char malformed[200];

void parse_command(struct command *command, const char *line);

/* The argument of this name, or the fallback; NULL: there is none, and it must be given. */
uint32_t number_of(const struct command *command, const char *key, const char *fallback, uint32_t most);

/* The same for one of these words: its index. */
int choice_or(const struct command *command, const char *key, const char *fallback, const char *const *words, int n);
int choice_of(const struct command *command, const char *key, const char *const *words, int n);

struct slot *slot_of(const struct command *command);
