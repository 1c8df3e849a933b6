// SPDX-License-Identifier: MIT
/* Commands: the harness's, in its words. */
#pragma once

#include "arguments.h"

/* A table of them ends with one without a name. */
struct known_command {
	const char *name;
	int (*run)(const struct command *command);	/* not 0: not done, see answers.h */
};

/* What the guest does, and what is done as if it had. */
extern const struct known_command guest_commands[];
/* The recovery worker: its passes, its parameters, its time. */
extern const struct known_command recovery_commands[];
/* Slots: their memory, their places, their dirty logs. */
extern const struct known_command slot_commands[];
/* The VM, and the process that it belongs to. */
extern const struct known_command vm_commands[];

/* NULL: there is none of this name. */
const struct known_command *known_command(const char *name);
