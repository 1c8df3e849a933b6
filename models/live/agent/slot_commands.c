// SPDX-License-Identifier: MIT
/* Commands: slots, their memory, and their dirty logs. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <linux/kvm.h>
#include "answers.h"
#include "arguments.h"
#include "commands.h"
#include "pages.h"
#include "slots.h"
#include "stub.h"
#include "vm.h"

static int dirty_log(const struct command *command)
{
	struct slot *slot = slot_of(command);
	int on = number_of(command, "on", NULL, 1);

	if (*malformed || slot->at < 0)
		return 0;
	slot->dirty_log = on;
	return place_slot(slot, slot->at);
}

/* KVM takes whole words of the bitmap: what is not to be cleared in them is 0. */
static int clear_dirty_log(const struct command *command)
{
	static const char *const sizes[] = { "4k", "2m", "slot" };
	static uint64_t bitmap[MAX_REGIONS * 512 / 64];
	int page = number_of(command, "page", NULL, 3 * MAX_REGIONS - 1);
	int offset = number_of(command, "offset", NULL, 511);
	int size = choice_of(command, "size", sizes, 3);
	int region;
	struct slot *slot = slot_at(page, &region);
	struct kvm_clear_dirty_log log = { .dirty_bitmap = bitmap };

	if (*malformed || !slot || !slot->dirty_log)
		return 0;
	log.slot = slot - slots + 1;
	log.first_page = size == 2 ? 0 : region * 512 + (size == 1 ? 0 : offset - offset % 64);
	log.num_pages = size == 2 ? slot->regions * 512 : size == 1 ? 512 : 64;
	memset(bitmap, size ? 0xff : 0, log.num_pages / 8);
	if (!size)
		*bitmap = 1ull << offset % 64;
	if (ioctl(vm_fd, KVM_CLEAR_DIRTY_LOG, &log))
		return failed("KVM_CLEAR_DIRTY_LOG: %s", strerror(errno));
	return 0;
}

static int invalidate(const struct command *command)
{
	int page = number_of(command, "page", NULL, 3 * MAX_REGIONS - 1);
	int region;
	struct slot *slot = slot_at(page, &region);

	return *malformed || !slot ? 0 : refill(slot, region);
}

static int invalidate_4k(const struct command *command)
{
	int page = number_of(command, "page", NULL, 3 * MAX_REGIONS - 1);
	uint64_t offset = number_of(command, "offset", NULL, 511);
	int region;
	struct slot *slot = slot_at(page, &region);
	uint8_t *at;

	/* A 1G page of hugetlbfs cannot be dropped in part. */
	if (*malformed || !slot || slot->backing == BACKING_1G)
		return 0;
	at = slot->mem[slot->backing] + region * PAGE_2M + offset * PAGE_4K;
	if (madvise(at, PAGE_4K, MADV_DONTNEED))
		return cannot("MADV_DONTNEED: %s", strerror(errno));
	*(volatile uint8_t *)at = 0;
	if (slot->backing == BACKING_2M)
		slot->broken[region] = 1;
	return 0;
}

static int create_slot(const struct command *command)
{
	struct slot *slot = slot_of(command);
	enum backing backing = choice_of(command, "backing", backing_names, BACKINGS);

	if (*malformed || slot->at >= 0)
		return 0;
	return back(slot, backing) || place_slot(slot, slot->home) ? -1 : 0;
}

static int delete_slot(const struct command *command)
{
	struct slot *slot = slot_of(command);

	if (*malformed || slot->at < 0)
		return 0;
	if (place_slot(slot, -1))
		return -1;
	slot->dirty_log = 0;
	return touch_stub();
}

static int recreate_slot(const struct command *command)
{
	struct slot *slot = slot_of(command);

	if (*malformed)
		return 0;
	if (slot->at >= 0 && place_slot(slot, -1))
		return -1;
	return place_slot(slot, slot->home) || touch_stub() ? -1 : 0;
}

static int move_slot(const struct command *command)
{
	static const char *const places[] = { "home", "away" };
	struct slot *slot = slot_of(command);
	int at = choice_of(command, "to", places, 2) ? slot->away : slot->home;

	if (*malformed || slot->at < 0 || slot->at == at)
		return 0;
	return place_slot(slot, at) || touch_stub() ? -1 : 0;
}

const struct known_command slot_commands[] = {
	{ "dirty_log", dirty_log },
	{ "clear_dirty_log", clear_dirty_log },
	{ "invalidate", invalidate },
	{ "invalidate_4k", invalidate_4k },
	{ "create_slot", create_slot },
	{ "delete_slot", delete_slot },
	{ "recreate_slot", recreate_slot },
	{ "move_slot", move_slot },
	{ 0 },
};
