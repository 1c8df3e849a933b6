// SPDX-License-Identifier: MIT
/* Pages, and where the program's regions of 2M begin. */
#pragma once

#define PAGE_4K		0x1000ull
#define PAGE_2M		0x200000ull
#define PAGE_1G		0x40000000ull
/* Region 0 of a program. Below it lies the stub, in a 1G range of its own, so that their page tables never meet. */
#define WORLD_BASE	PAGE_1G
