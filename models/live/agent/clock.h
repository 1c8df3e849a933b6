// SPDX-License-Identifier: MIT
/* Time, and waiting. */
#pragma once

#include <stdint.h>

/* Now, by a clock that counts from anywhere. */
int64_t now_ms(void);

/* Waits for a moment of that clock, in a command that is there to wait. */
void sleep_until_ms(int64_t moment);

void sleep_us(long us);
