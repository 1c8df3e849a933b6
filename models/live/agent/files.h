// SPDX-License-Identifier: MIT
/* Small files: those of /proc and /sys. */
#pragma once

#include <stddef.h>

/* 0 if the file took the text. */
int write_text(const char *path, const char *text);

/* The first line of a file; an empty text if there is none. */
const char *read_line(const char *path, char *buf, size_t size);
