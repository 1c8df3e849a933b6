// SPDX-License-Identifier: MIT
/* Running a program. */
#pragma once

/* Runs the program that messages.h has, and answers. */
void run_program(void);
