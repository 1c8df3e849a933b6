// SPDX-License-Identifier: MIT
#include <stddef.h>
#include "signals.h"

volatile sig_atomic_t ended, too_slow;

static void on_signal(int signal)
{
	if (signal == SIGALRM)
		too_slow = 1;
	else
		ended = 1;
}

void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}
