// SPDX-License-Identifier: MIT
#include <stddef.h>
#include <string.h>
#include "commands.h"

const struct known_command *known_command(const char *name)
{
	static const struct known_command *const tables[] = { guest_commands, recovery_commands, slot_commands,
							      vm_commands };

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (const struct known_command *known = tables[i]; known->name; known++)
			if (!strcmp(known->name, name))
				return known;
	return NULL;
}
