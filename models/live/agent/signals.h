// SPDX-License-Identifier: MIT
/* What signals tell: to end, and that a command takes too long. */
#pragma once

#include <signal.h>

/* Longest time that a command may take, in seconds of this machine's clock, unless it is there to wait. */
#define COMMAND_SECONDS	20

/* `ended`: nobody wants to know any more. `too_slow`: the command that runs has taken COMMAND_SECONDS. */
extern volatile sig_atomic_t ended, too_slow;

void catch_signals(void);
