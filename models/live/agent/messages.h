// SPDX-License-Identifier: MIT
/* Messages, as main.c has them: what is asked of the agent. */
#pragma once

#include "arguments.h"

#define MAX_COMMANDS	4096

/* Where messages come from. */
extern int in_fd;

/* The program that is to be run. */
extern struct command program[MAX_COMMANDS];
extern int nr_commands;
extern char program_id[32];

/* Reads messages until the other side hangs up. */
void serve(void);
