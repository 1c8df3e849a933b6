// SPDX-License-Identifier: MIT
/* The recovery worker: when it makes a pass, and whether it has made one. */
#pragma once

#include <stdint.h>

/* A direct pass: long enough after the last one, and far from the next. Virtual time is exact, a host's is not. */
extern int64_t step_ms;
extern int64_t last_pass;	/* now_ms() when it ended, or when the VM's worker began to wait for its first */

/* Milliseconds from pass to pass, as Documentation/admin-guide has it; 0: recovery is off. */
int64_t period_of(int nx, uint32_t ratio, uint32_t period);

/* The same, as the program has set it. */
int64_t current_period(void);

/* The VM is gone, and its worker with it. */
void forget_worker(void);

/* How often it went to sleep by itself; -1 while it runs, or if there is none. */
long worker_slept(void);

/* Waits until the worker has slept more often than that. 0 if it did not: it does not run when it should. */
int worker_ran(long slept);

/* "Just before" a pass: far enough from it that nothing can bring it about unasked. */
int64_t just_before(int64_t period);

/* The worker may have been woken: lets it do what it has to do. */
void settle(void);

/* The kernel's timers may come late by an eighth of the time that they were set to: waits for the pass itself. */
void pass_by_the_clock(int64_t period);
