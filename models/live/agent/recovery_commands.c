// SPDX-License-Identifier: MIT
/* Commands: the recovery worker. */
#include <errno.h>
#include <string.h>
#include "answers.h"
#include "arguments.h"
#include "clock.h"
#include "commands.h"
#include "init.h"
#include "params.h"
#include "stub.h"
#include "worker.h"

/* Commands take time, too; passes by the clock are told from it only if they are further apart than this. */
#define SHORTEST_PERIOD	1000

/* The worker runs once, at this ratio: recovery is turned on when the last pass is long enough ago, and off at once. */
static int recover(const struct command *command)
{
	uint32_t ratio = number_of(command, "ratio", NULL, UINT32_MAX);
	int64_t due = last_pass + (has_period ? step_ms : 60000);
	long slept;

	if (*malformed)
		return 0;
	if (!param_nx || !ratio)
		return cannot("the worker makes no pass %s", ratio ? "while nx_huge_pages is off" : "at ratio 0");
	set_number(RATIO, 0);
	if (has_period)
		set_number(PERIOD, step_ms - 4);
	settle();
	sleep_until_ms(due);
	/* Not before that sleep: with recovery off a timer of an earlier, longer period may still wake the worker, for no pass. */
	slept = worker_slept();
	set_number(RATIO, ratio);
	worker_ran(slept);
	set_number(RATIO, 0);
	last_pass = now_ms();
	if (has_period)
		set_number(PERIOD, param_period);
	set_number(RATIO, param_ratio);
	settle();
	return 0;
}

/* A parameter changes: a pass may be due at once. Whether it happens is for the harness to see. */
static int change_params(int nx, uint32_t ratio, uint32_t period)
{
	int64_t before = current_period();
	int64_t after = period_of(nx, ratio, period);
	int was_nx = param_nx;

	if (after && after < SHORTEST_PERIOD)
		return cannot("a pass every %lld ms cannot be told from the time that commands take; %d is the least",
			      (long long)after, SHORTEST_PERIOD);
	if (period != param_period && !has_period)
		return cannot("no nx_huge_pages_recovery_period_ms in this kernel (5.16)");
	if (ratio != param_ratio && set_number(RATIO, ratio))
		return failed("nx_huge_pages_recovery_ratio: %s", strerror(errno));
	if (period != param_period && set_number(PERIOD, period))
		return failed("nx_huge_pages_recovery_period_ms: %s", strerror(errno));
	if (nx != param_nx && set_nx(nx))
		return failed("nx_huge_pages: %s", strerror(errno));
	param_nx = nx;
	param_ratio = ratio;
	param_period = period;
	settle();
	if (after && (!before || after < before) && now_ms() - last_pass >= after)
		last_pass = now_ms();
	return nx == was_nx ? 0 : touch_stub();
}

static int recovery_ratio(const struct command *command)
{
	uint32_t ratio = number_of(command, "ratio", NULL, UINT32_MAX);

	return *malformed ? 0 : change_params(param_nx, ratio, param_period);
}

static int recovery_period(const struct command *command)
{
	uint32_t period = number_of(command, "ms", NULL, UINT32_MAX);

	return *malformed ? 0 : change_params(param_nx, param_ratio, period);
}

static int nx_huge_pages(const struct command *command)
{
	int on = number_of(command, "on", NULL, 1);

	return *malformed ? 0 : change_params(on, param_ratio, param_period);
}

static int wait_until(const struct command *command)
{
	static const char *const moments[] = { "before_due", "due" };
	int due = choice_of(command, "until", moments, 2);
	int64_t period = current_period();

	if (*malformed || !period)
		return 0;
	if (!in_vm && period > 10000)
		return cannot("a wait of %lld s, on a host that cannot hurry", (long long)period / 1000);
	if (due)
		pass_by_the_clock(period);
	else
		sleep_until_ms(just_before(period));
	return 0;
}

const struct known_command recovery_commands[] = {
	{ "recover", recover },
	{ "recovery_ratio", recovery_ratio },
	{ "recovery_period", recovery_period },
	{ "nx_huge_pages", nx_huge_pages },
	{ "wait", wait_until },
	{ 0 },
};
