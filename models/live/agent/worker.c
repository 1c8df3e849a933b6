// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "clock.h"
#include "files.h"
#include "params.h"
#include "signals.h"
#include "worker.h"

int64_t step_ms = 12;
int64_t last_pass;
static char worker[64];		/* its folder in /proc; empty: not known */

int64_t period_of(int nx, uint32_t ratio, uint32_t period)
{
	if (!nx || !ratio)
		return 0;
	if (!has_period)
		return 60000;
	return period ? period : 3600000 / (ratio < 3600 ? ratio : 3600);
}

int64_t current_period(void)
{
	return period_of(param_nx, param_ratio, param_period);
}

static int find_worker_in(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	long found = 0;

	while (dir && (entry = readdir(dir))) {
		char path[300], comm[64];
		long pid = atol(entry->d_name);

		if (pid <= found)
			continue;
		snprintf(path, sizeof(path), "%s/%ld/comm", folder, pid);
		if (!strncmp(read_line(path, comm, sizeof(comm)), "kvm-nx-lpage-re", 15))
			found = pid;
	}
	if (dir)
		closedir(dir);
	if (found)
		snprintf(worker, sizeof(worker), "%s/%ld", folder, found);
	return found != 0;
}

/* A thread of this process since 6.12, else a kernel thread: the youngest of that name. */
static int find_worker(void)
{
	if (*worker)
		return 1;
	return find_worker_in("/proc/self/task") || find_worker_in("/proc");
}

void forget_worker(void)
{
	*worker = 0;
}

long worker_slept(void)
{
	char path[80], buf[4096];
	const char *at;
	ssize_t n;
	int fd;

	if (!find_worker())
		return -1;
	snprintf(path, sizeof(path), "%s/status", worker);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return -1;
	buf[n] = 0;
	at = strstr(buf, "\nState:\t");
	if (!at || !strchr("SDI", at[8]))
		return -1;
	at = strstr(buf, "\nvoluntary_ctxt_switches:");
	return at ? atol(at + 25) : -1;
}

/* Between two looks at the worker. One that does not come soon is looked for less and less often: each look costs time. */
static void wait_for_worker(long *us)
{
	sleep_us(*us);
	if (*us < 20000)
		*us += *us / 8;
}

int worker_ran(long slept)
{
	int64_t give_up = now_ms() + 2000;
	long us = 300;

	while (now_ms() < give_up && !too_slow) {
		wait_for_worker(&us);
		if (worker_slept() > slept)
			return 1;
	}
	return 0;
}

int64_t just_before(int64_t period)
{
	return last_pass + period - (period / 32 > 500 ? period / 32 : 500);
}

void settle(void)
{
	int64_t give_up = now_ms() + 2000;
	long us = 300;

	do {
		wait_for_worker(&us);
	} while (find_worker() && worker_slept() < 0 && now_ms() < give_up);
}

void pass_by_the_clock(int64_t period)
{
	int64_t step = period / 256 > 10 ? period / 256 : 10;
	int64_t moment = last_pass + period;
	int64_t give_up = moment + period / 8 + 100;
	long slept;

	/* Until shortly before it is due the worker may wake for other reasons, as when its period was shorter once. */
	sleep_until_ms(moment - 5);
	settle();
	slept = worker_slept();
	do {
		sleep_until_ms(moment);
		moment += step;
	} while (worker_slept() <= slept && moment <= give_up && !too_slow);
	last_pass = now_ms();
}
