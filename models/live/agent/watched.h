// SPDX-License-Identifier: MIT
/* Functions that are watched: a kprobe counts how often each is entered. */
#pragma once

/* Watches these from now on, and says which can be. */
void watch(char *names);

/* How often each has run since the last time; `tell`: that is told. */
void count_watched(int tell);
