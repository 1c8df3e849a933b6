// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/mman.h>
#include "answers.h"
#include "pages.h"
#include "slots.h"

const char *const backing_names[BACKINGS] = { "4k", "2m", "1g" };

struct slot slots[MAX_SLOTS];
int nr_slots;
static int pagemap_fd = -1;

void open_pagemap(void)
{
	if (pagemap_fd >= 0)
		close(pagemap_fd);
	pagemap_fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
}

static uint64_t pagemap(const void *at)
{
	uint64_t entry = 0;

	if (pread(pagemap_fd, &entry, 8, (uintptr_t)at / PAGE_4K * 8) != 8)
		return 0;
	return entry & ((1ull << 55) - 1);
}

/* Populates a region. A huge page shows by its frames: the first aligned, the last where it must be. */
static int fill_region(uint8_t *at, enum backing backing)
{
	uint64_t first;

	if (backing == BACKING_4K) {
		if (madvise(at, PAGE_2M, MADV_POPULATE_WRITE))
			for (uint64_t i = 0; i < PAGE_2M; i += PAGE_4K)
				*(volatile uint8_t *)(at + i) = 0;
		return 0;
	}
	*(volatile uint8_t *)at = 0;
	if (backing == BACKING_1G)
		return 0;
	first = pagemap(at);
	if (first % 512 == 0 && pagemap(at + PAGE_2M - PAGE_4K) == first + 511)
		return 0;
	return unusable("no huge page to be had from this machine's memory");
}

/* A broken region is mapped anew: its page table would stay otherwise, and what has a page table gets small pages. */
int refill(struct slot *slot, int region)
{
	uint8_t *at = slot->mem[slot->backing] + region * PAGE_2M;
	uint64_t size = PAGE_2M;

	if (slot->backing == BACKING_1G) {
		size = PAGE_1G;
		at = slot->mem[slot->backing] + region * PAGE_2M / PAGE_1G * PAGE_1G;
	}
	if (slot->backing == BACKING_2M && slot->broken[region]) {
		if (mmap(at, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			 0) != at)
			return unusable("mmap: %s", strerror(errno));
		madvise(at, size, MADV_HUGEPAGE);
		slot->broken[region] = 0;
	} else if (madvise(at, size, MADV_DONTNEED)) {
		return cannot("MADV_DONTNEED: %s", strerror(errno));
	}
	return fill_region(at, slot->backing);
}

static uint64_t size_of(const struct slot *slot, enum backing backing)
{
	uint64_t size = slot->regions * PAGE_2M;

	return backing == BACKING_1G ? (size + PAGE_1G - 1) & -PAGE_1G : size;
}

static uint8_t *map_backing(const struct slot *slot, enum backing backing)
{
	uint64_t size = size_of(slot, backing);
	uint8_t *at;

	if (backing == BACKING_1G) {
		at = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_1GB, -1, 0);
		return at == MAP_FAILED ? NULL : at;
	}
	at = mmap(NULL, size + PAGE_2M, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	at = (uint8_t *)(((uintptr_t)at + PAGE_2M - 1) & -PAGE_2M);
	madvise(at, size, backing == BACKING_2M ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	return at;
}

int back(struct slot *slot, enum backing backing)
{
	int fresh = !slot->mem[backing];

	if (fresh)
		slot->mem[backing] = map_backing(slot, backing);
	if (!slot->mem[backing])
		return cannot("no memory backed by %s pages on this machine%s", backing_names[backing],
			      backing == BACKING_1G ? " (hugepagesz=1G)" : "");
	slot->backing = backing;
	for (int i = 0; i < slot->regions; i++) {
		if (backing == BACKING_2M && slot->broken[i] && refill(slot, i))
			return -1;
		if (fresh && fill_region(slot->mem[backing] + i * PAGE_2M, backing))
			return -1;
	}
	return 0;
}

struct slot *slot_at(int page, int *region)
{
	for (struct slot *slot = slots; slot < slots + nr_slots; slot++) {
		if (slot->at < 0 || page < slot->at || page >= slot->at + slot->regions)
			continue;
		*region = page - slot->at;
		return slot;
	}
	return NULL;
}

void drop_memory_of(struct slot *slot)
{
	/* The mapping goes on being reserved where it was aligned by hand: programs have few shapes. */
	for (int i = 0; i < BACKINGS; i++) {
		if (slot->mem[i])
			munmap(slot->mem[i], size_of(slot, i));
		slot->mem[i] = NULL;
	}
	memset(slot->broken, 0, sizeof(slot->broken));
}

void drop_memory(void)
{
	for (int i = 0; i < MAX_SLOTS; i++)
		drop_memory_of(&slots[i]);
}
