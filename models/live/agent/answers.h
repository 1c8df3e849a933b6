// SPDX-License-Identifier: MIT
/* What the agent says. */
#pragma once

/* Longest message, and longest answer. */
#define MAX_MESSAGE	(1 << 20)

/* Where answers go. */
extern int out_fd;

/* Makes the memory that answers are collected in. */
void share_out(void);

/* Adds to the answer. */
void say(const char *format, ...);

/* Sends the answer. */
void flush_out(void);

/* Says why nothing can be run, and ends. */
void give_up(const char *format, ...);

/* Why a command was not done: the words of the answer. */
extern const char *trouble;
extern char why[256];

/* Each sets both, and returns -1. */
int cannot(const char *format, ...);
int failed(const char *format, ...);
int unusable(const char *format, ...);
