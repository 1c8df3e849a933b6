// SPDX-License-Identifier: MIT
/* The program's memslots, and the memory that backs them. */
#pragma once

#include <stdint.h>

#define MAX_SLOTS	8
#define MAX_REGIONS	512

enum backing { BACKING_4K, BACKING_2M, BACKING_1G, BACKINGS };
extern const char *const backing_names[BACKINGS];

struct slot {
	int home, away, regions;	/* in 2M regions */
	enum backing first;		/* what a program starts with */
	enum backing backing;
	int at;				/* where it is; -1: nowhere */
	int dirty_log;
	uint8_t *mem[BACKINGS];		/* made when first asked for, kept for later programs */
	uint8_t broken[MAX_REGIONS];	/* of the 2M backing: small pages by now */
};

extern struct slot slots[MAX_SLOTS];
extern int nr_slots;

/* So that a huge page is known as one. A process needs its own. */
void open_pagemap(void);

/* Fresh memory of this backing, all of it populated. Its contents do not matter. */
int back(struct slot *slot, enum backing backing);

/* Drops what backs a region, and fills it anew. */
int refill(struct slot *slot, int region);

/* The slot that is at this page, in 2M regions, and the region of the slot; NULL if there is none. */
struct slot *slot_at(int page, int *region);

/* Of one slot, which may get another shape then. */
void drop_memory_of(struct slot *slot);

/* The memory of slots belongs to one process: to a parent and its child, pages would be copied when they are written. */
void drop_memory(void);
