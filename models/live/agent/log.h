// SPDX-License-Identifier: MIT
/* The kernel's log. */
#pragma once

/* Whether the kernel has complained of this program, and of nothing worse than a warning. */
extern int complained, only_warned;

/* What is said from now on counts. */
void open_log(void);

/* What the kernel has complained about since the last time: each a line. */
void say_log(void);
