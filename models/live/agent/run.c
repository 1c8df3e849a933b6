// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "answers.h"
#include "arguments.h"
#include "clock.h"
#include "commands.h"
#include "files.h"
#include "init.h"
#include "log.h"
#include "messages.h"
#include "pages.h"
#include "params.h"
#include "run.h"
#include "signals.h"
#include "slots.h"
#include "stub.h"
#include "vm.h"
#include "watched.h"
#include "worker.h"

/* Time that commands take must not bring a pass about by itself. */
static int is_late(void)
{
	int64_t period = current_period();

	return period && now_ms() > last_pass + period - 20;
}

/* 0: the program goes on. */
static int run_command(const struct command *command)
{
	int result = -1;

	if (is_late())
		result = unusable("too slow: a pass came by the clock while commands ran");
	else {
		const struct known_command *known = known_command(command->name);

		result = known ? known->run(command) : cannot("no such command here");
	}
	say_log();
	if (*malformed)
		return -1;
	if (!result) {
		say("ok");
		say_stats();
		return 0;
	}
	say("%s %s\n", trouble, why);
	return strcmp(trouble, "cannot") ? -1 : 0;
}

/*
 * Runs the commands from this one on, in a VM that this process creates. Returns the one after exit_process; 0 if the program is
 * over.
 */
static int run_from(int first)
{
	alarm(COMMAND_SECONDS);
	if (create_vm()) {
		say_log();
		say("%s %s\n", trouble, why);
		return 0;
	}
	/* What the kernel said when the process before ended. */
	if (first)
		say_log();
	say(first ? "ok" : "start");
	say_stats();
	for (int i = first; i < nr_commands; i++) {
		alarm(COMMAND_SECONDS);
		if (!strcmp(program[i].name, "exit_process") && !is_late())
			return i + 1;
		if (run_command(&program[i]))
			return 0;
	}
	return 0;
}

/* What a process leaves to the next, besides what it has said. All else goes with it. */
struct legacy {
	int ended, next;
	uint32_t ratio, period;
	int nx;
	int complained, only_warned;
	char malformed[sizeof(malformed)];
};

static void run_in_child(struct legacy *legacy)
{
	int first = legacy->next;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	open_pagemap();
	make_stub();
	param_ratio = legacy->ratio;
	param_period = legacy->period;
	param_nx = legacy->nx;
	complained = legacy->complained;
	only_warned = legacy->only_warned;
	legacy->next = run_from(first);
	legacy->ratio = param_ratio;
	legacy->period = param_period;
	legacy->nx = param_nx;
	legacy->complained = complained;
	legacy->only_warned = only_warned;
	memcpy(legacy->malformed, malformed, sizeof(malformed));
	legacy->ended = 1;
	/* With its VM open. */
	_exit(0);
}

/*
 * A program with exit_process: each of its processes is a child of this one, creates a VM, and ends without closing it. It has ended
 * when all of its threads have, the last of which destroys the VM.
 */
static void run_in_processes(void)
{
	struct legacy *legacy = mmap(NULL, PAGE_4K, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	drop_memory();
	legacy->ratio = param_ratio;
	legacy->period = param_period;
	legacy->nx = param_nx;
	legacy->only_warned = 1;
	do {
		pid_t child;

		legacy->ended = 0;
		child = fork();
		if (!child)
			run_in_child(legacy);
		while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
		if (!legacy->ended) {
			say_log();
			say(child > 0 ? "failed the process was killed\n" : "unusable no process could be created\n");
			break;
		}
	} while (legacy->next && !ended);
	complained = legacy->complained;
	only_warned = legacy->only_warned;
	memcpy(malformed, legacy->malformed, sizeof(malformed));
	munmap(legacy, PAGE_4K);
}

static int has_processes(void)
{
	for (int i = 0; i < nr_commands; i++)
		if (!strcmp(program[i].name, "exit_process"))
			return 1;
	return 0;
}

void run_program(void)
{
	too_slow = complained = 0;
	only_warned = 1;
	if (!*malformed && !nr_slots)
		snprintf(malformed, sizeof(malformed), "a program without slots");
	if (!*malformed) {
		/*
		 * Where a program yields to others decides how often it flushes: all begin when the last one's VM is long
		 * gone, at the same distance from the full second, at which the kernel does its housekeeping.
		 */
		if (in_vm)
			sleep_until_ms((now_ms() / 1000 + 2) * 1000 + 50);
		alarm(COMMAND_SECONDS);
		default_params();
		count_watched(0);
		if (has_processes()) {
			alarm(0);
			run_in_processes();
		} else {
			run_from(0);
			destroy_vm();
		}
		idle_params();
		alarm(0);
		say_log();
		count_watched(1);
		if (complained && only_warned && !write_text("/sys/kernel/debug/clear_warn_once", "1"))
			say("armed\n");
	}
	if (*malformed)
		say("malformed %s\n", malformed);
	else
		say("done %s\n", program_id);
	*program_id = *malformed = 0;
}
