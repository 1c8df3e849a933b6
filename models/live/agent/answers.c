// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <unistd.h>
#include "answers.h"
#include "init.h"
#include "pages.h"
#include "signals.h"

int out_fd = 1;

/* All processes of a program write to it: see run_in_processes(). */
static char *out;
static size_t *out_size;
#define out_len (*out_size)

void share_out(void)
{
	out = mmap(NULL, MAX_MESSAGE + PAGE_4K, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	out_size = (size_t *)(out + MAX_MESSAGE);
}

void say(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(out + out_len, MAX_MESSAGE - out_len, format, args);
	va_end(args);
	if (n > 0 && out_len + n < MAX_MESSAGE)
		out_len += n;
}

void flush_out(void)
{
	size_t sent = 0;

	while (sent < out_len) {
		struct pollfd poll_out = { .fd = out_fd, .events = POLLOUT };
		ssize_t n;

		/* Nobody listens any more: a port without a host would block for ever. */
		if (poll(&poll_out, 1, -1) > 0 && poll_out.revents & (POLLHUP | POLLERR)) {
			ended = 1;
			break;
		}
		n = write(out_fd, out + sent, out_len - sent);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			break;
		if (n > 0)
			sent += n;
	}
	out_len = 0;
}

void give_up(const char *format, ...)
{
	va_list args;

	say("unusable ");
	va_start(args, format);
	out_len += vsnprintf(out + out_len, MAX_MESSAGE - out_len, format, args);
	va_end(args);
	say("\n");
	flush_out();
	if (in_vm) {
		sleep(1);
		reboot(RB_POWER_OFF);
	}
	exit(1);
}

const char *trouble;
char why[256];

#define TROUBLE(kind)						\
int kind(const char *format, ...)				\
{								\
	va_list args;						\
								\
	va_start(args, format);					\
	vsnprintf(why, sizeof(why), format, args);		\
	va_end(args);						\
	trouble = #kind;					\
	return -1;						\
}
TROUBLE(cannot)
TROUBLE(failed)
TROUBLE(unusable)
