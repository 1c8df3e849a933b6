// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "answers.h"
#include "log.h"

int complained, only_warned;
static int kmsg_fd = -1;

void open_log(void)
{
	kmsg_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg_fd >= 0)
		lseek(kmsg_fd, 0, SEEK_END);
}

void say_log(void)
{
	static const char *const complaints[] = { "WARNING:", "BUG:", "Oops", "general protection", "stall", "hung task",
						  "soft lockup", "list_add corruption", "list_del corruption" };
	char record[8192];
	ssize_t n;

	while (kmsg_fd >= 0 && ((n = read(kmsg_fd, record, sizeof(record) - 1)) > 0 || errno == EPIPE)) {
		const char *text;

		if (n <= 0)
			continue;
		record[n] = 0;
		record[strcspn(record, "\n")] = 0;
		text = strchr(record, ';');
		for (size_t i = 0; text && i < sizeof(complaints) / sizeof(*complaints); i++) {
			if (strstr(text, complaints[i])) {
				say("log %s\n", text + 1);
				complained = 1;
				only_warned &= i == 0;
				break;
			}
		}
	}
}
