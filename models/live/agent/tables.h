// SPDX-License-Identifier: MIT
/* L1's page tables: its own, and those for its guest. */
#pragma once

#include <stdint.h>
#include "pages.h"
#include "slots.h"

#define PTE_D		0x40ull
#define PTE_PS		0x80ull

/*
 * The directory of the program's first 1G page lies where its third one begins, if no slot is ever there: so an entry may point to the
 * 1G page and later to the directory, which KVM must tell apart although their gfn is the same.
 */
#define FAR_PAGE	(2 * 512)
#define FAR_GPA		(WORLD_BASE + FAR_PAGE * PAGE_2M)
#define FAR_SLOT	(MAX_SLOTS + 1)
#define WORLD_GIGA	(WORLD_BASE / PAGE_1G)

extern int uses_directories;	/* an entry of L1's tables for its guest may come to point to one */

/* L1's own page tables and those for its guest, as every VM begins with them. No entry points to a page directory at first. */
void map_guests(void);

/* Whether this program has a directory at FAR_GPA. */
int far_directory(void);

/* Where the page directory of a 1G page is. */
uint64_t directory_of(uint64_t giga);

/* L1's entry for its guest that maps this page, in 2M regions. */
uint64_t *entry_of(int page);

/* Whether the access comes to that directory, or to what is mapped along with it: there is memory where programs see none. */
int meets_directory(int page, uint64_t offset, int in_nested);
