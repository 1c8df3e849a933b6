// SPDX-License-Identifier: MIT
/* Commands: what the guest does, and what is done as if it had. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>
#include "answers.h"
#include "arguments.h"
#include "commands.h"
#include "kvm.h"
#include "pages.h"
#include "signals.h"
#include "slots.h"
#include "stub.h"
#include "tables.h"
#include "vm.h"

#define CR0_WP		0x10000

enum mmu { MMU_TDP, MMU_SHADOW, MMU_SHADOW2, MMU_SMM, MMUS };

static int mmu_of(const struct command *command)
{
	static const char *const mmus[MMUS] = { "tdp", "shadow", "shadow2", "smm" };

	return choice_of(command, "mmu", mmus, MMUS);
}

/* Nonzero, and said why, if nobody here runs in this MMU. */
static int lacks(int mmu)
{
	if (mmu == MMU_SMM)
		return cannot("no system management mode: the agent's vCPUs never enter it");
	if (mmu == MMU_SHADOW2)
		return cannot("no second nested guest: the agent has one");
	if (mmu == MMU_SHADOW && !nested)
		return cannot("no nested guest: this machine's KVM has no SVM with nested paging to offer");
	return 0;
}

static int guest_access(const struct command *command, int entry)
{
	int mmu = mmu_of(command), in_nested = mmu == MMU_SHADOW;
	int page = number_of(command, "page", NULL, 3 * MAX_REGIONS - 1);
	uint64_t offset = number_of(command, "offset", NULL, 511);
	struct vcpu *vcpu = &vcpus[number_of(command, "vcpu", "0", nr_vcpus - 1)];
	uint64_t gpa = WORLD_BASE + page * PAGE_2M + offset * PAGE_4K;
	struct slot *slot;
	int region;

	if (*malformed)
		return 0;
	if (lacks(mmu))
		return -1;
	if (meets_directory(page, offset, in_nested))
		return cannot("L1 keeps a page directory there");
	/* What a nested guest executes there may be in any 1G page: see remap_entry(). */
	for (int in_giga = page % 512; entry == STUB_EXEC && in_giga < 3 * MAX_REGIONS; in_giga += 512) {
		slot = slot_at(in_giga, &region);
		if (slot && (in_nested || in_giga == page))
			slot->mem[slot->backing][region * PAGE_2M + offset * PAGE_4K] = HLT;
	}
	/* Data lies beside the instruction. */
	return run_stub(vcpu, entry, entry == STUB_EXEC ? gpa : gpa + 8, in_nested) < 0 ? -1 : 0;
}

static int guest_read(const struct command *command)
{
	return guest_access(command, STUB_READ);
}

static int guest_write(const struct command *command)
{
	return guest_access(command, STUB_WRITE);
}

static int guest_exec(const struct command *command)
{
	return guest_access(command, STUB_EXEC);
}

/* L1 takes the dirty bit from an entry that its guest's memory is mapped by. KVM sees that, as it shadows the table. */
static int clear_gpte_dirty(const struct command *command)
{
	int mmu = mmu_of(command);
	int page = number_of(command, "page", NULL, 3 * MAX_REGIONS - 1);
	uint64_t *entry = entry_of(page);
	struct vcpu *vcpu = &vcpus[number_of(command, "vcpu", "0", nr_vcpus - 1)];
	int region;

	if (*malformed)
		return 0;
	if (lacks(mmu))
		return -1;
	/* The dirty bit of an entry that points to a page directory means nothing. */
	if (!slot_at(page, &region) || !(*entry & PTE_D) || !(*entry & PTE_PS))
		return 0;
	return write_entry(vcpu, entry, *entry & ~PTE_D);
}

/*
 * L1's entry that maps this page for its guest from now on points to the 1G page that `to` is in, or (size=2m) to the page directory
 * that maps it. tracked=1: L1 writes it, and KVM sees that, as it shadows the table. tracked=0: something else does, as a device
 * might, and KVM is not told. The dirty bit of a 1G page is kept while its entry points to a directory.
 */
static int remap_entry(const struct command *command)
{
	static const char *const sizes[] = { "1g", "2m" };
	int mmu = mmu_of(command);
	int page = number_of(command, "page", NULL, 3 * MAX_REGIONS - 1);
	int to = number_of(command, "to", NULL, 3 * MAX_REGIONS - 1);
	int tracked = number_of(command, "tracked", NULL, 1);
	uint64_t *entry = entry_of(page);
	uint64_t giga = (WORLD_BASE + to * PAGE_2M) / PAGE_1G;
	int in_2m = choice_or(command, "size", "1g", sizes, 2);
	uint64_t value = (*entry & (PAGE_4K - 1) & ~PTE_PS) |
			 (in_2m ? directory_of(giga) : giga * PAGE_1G | PTE_PS);
	struct vcpu *vcpu = &vcpus[number_of(command, "vcpu", "0", nr_vcpus - 1)];

	if (*malformed)
		return 0;
	if (lacks(mmu))
		return -1;
	if (value == *entry)
		return 0;
	if (!tracked) {
		*(volatile uint64_t *)entry = value;
		return 0;
	}
	return write_entry(vcpu, entry, value);
}

/*
 * CR0.WP changes, and changes back: KVM lets go of the vCPU's roots each time. Kernels before 6.4 free what is below them with
 * the last vCPU, the stub's pages, too: these come back before anything is counted.
 */
static int drop_roots(const struct command *command)
{
	int id = number_of(command, "vcpu", "0", nr_vcpus - 1);
	struct kvm_sregs sregs;

	if (*malformed)
		return 0;
	if (ioctl(vcpus[id].fd, KVM_GET_SREGS, &sregs))
		return failed("KVM_GET_SREGS: %s", strerror(errno));
	for (int i = 0; i < 2; i++) {
		sregs.cr0 ^= CR0_WP;
		if (ioctl(vcpus[id].fd, KVM_SET_SREGS, &sregs))
			return failed("KVM_SET_SREGS: %s", strerror(errno));
	}
	dropped |= 1u << id;
	return dropped == (1u << nr_vcpus) - 1 ? touch_stub() : 0;
}

/*
 * A page is mapped as if this vCPU, which does not run, had read it. Where there is no slot the kernel says so (ENOENT), and while the
 * vCPU is in a nested guest it refuses (EOPNOTSUPP): that is what it must do.
 */
static int prefault(const struct command *command)
{
	int mmu = mmu_of(command), in_nested = mmu == MMU_SHADOW;
	int page = number_of(command, "page", NULL, 3 * MAX_REGIONS - 1);
	uint64_t offset = number_of(command, "offset", NULL, 511);
	struct vcpu *vcpu = &vcpus[number_of(command, "vcpu", "0", nr_vcpus - 1)];
	struct kvm_pre_fault_memory range = { .gpa = WORLD_BASE + page * PAGE_2M + offset * PAGE_4K, .size = PAGE_4K };
	int region, error, wanted;

	if (*malformed)
		return 0;
	if (lacks(mmu))
		return -1;
	if (ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PRE_FAULT_MEMORY) <= 0)
		return cannot("no KVM_PRE_FAULT_MEMORY in this kernel (6.11)");
	wanted = in_nested ? EOPNOTSUPP : slot_at(page, &region) ? 0 : ENOENT;
	if (in_nested && run_stub(vcpu, STUB_STOP, 0, 1) < 0)
		return -1;
	error = in_nested ? answer_in_nested : ioctl(vcpu->fd, KVM_PRE_FAULT_MEMORY, &range) ? errno : 0;
	if (error == EINTR && too_slow)
		return failed("KVM_PRE_FAULT_MEMORY does not end: it tries again and again");
	if (error != wanted)
		return failed("KVM_PRE_FAULT_MEMORY: %s, and not %s", strerror(error), strerror(wanted));
	return 0;
}

const struct known_command guest_commands[] = {
	{ "guest_read", guest_read },
	{ "guest_write", guest_write },
	{ "guest_exec", guest_exec },
	{ "clear_gpte_dirty", clear_gpte_dirty },
	{ "clear_dirty", clear_gpte_dirty }, /* the name that it had first */
	{ "drop_roots", drop_roots },
	{ "remap_entry", remap_entry },
	{ "prefault", prefault },
	{ 0 },
};
