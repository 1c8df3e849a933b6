// SPDX-License-Identifier: MIT
/* Being /init of a virtual machine of our own. */
#pragma once

extern int in_vm;		/* pid 1 of a virtual machine of our own */

/* The first module that could not be loaded, and why. */
extern char not_loaded[200];

/* Makes a machine of it: file systems, modules, the port, and quiet. */
void become_init(void);
