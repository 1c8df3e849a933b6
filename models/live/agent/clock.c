// SPDX-License-Identifier: MIT
#include <errno.h>
#include <time.h>
#include <unistd.h>
#include "clock.h"
#include "signals.h"

int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

void sleep_until_ms(int64_t moment)
{
	struct timespec ts = { moment / 1000, moment % 1000 * 1000000 };

	alarm(0);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR && !ended)
		;
	alarm(COMMAND_SECONDS);
}

void sleep_us(long us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&ts, NULL);
}
