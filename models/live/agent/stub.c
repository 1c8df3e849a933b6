// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <linux/kvm.h>
#include "answers.h"
#include "kvm.h"
#include "signals.h"
#include "stub.h"
#include "tables.h"

uint8_t *stub;
int uses_shadow;
int answer_in_nested;

void make_stub(void)
{
	static const uint8_t read_stub[] = { 0x8a, 0x03, HLT }, write_stub[] = { 0x88, 0x03, HLT };
	static const uint8_t exec_stub[] = { 0xff, 0xe3 }, vmrun_stub[] = { 0x0f, 0x01, 0xd8, HLT };
	static const uint8_t store_stub[] = { 0x89, 0x03, HLT }, stop_stub[] = { 0xe6, 0x80, HLT };
	uint8_t *code;

	stub = mmap(NULL, STUB_PAGES * PAGE_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(stub, STUB_PAGES * PAGE_4K, MADV_NOHUGEPAGE);
	memset(stub, 0, STUB_PAGES * PAGE_4K);
	code = stub + STUB_GPA(STUB_CODE);
	memset(code, HLT, PAGE_4K);
	memcpy(code + STUB_READ, read_stub, sizeof(read_stub));
	memcpy(code + STUB_WRITE, write_stub, sizeof(write_stub));
	memcpy(code + STUB_EXEC, exec_stub, sizeof(exec_stub));
	memcpy(code + STUB_VMRUN, vmrun_stub, sizeof(vmrun_stub));
	memcpy(code + STUB_STORE, store_stub, sizeof(store_stub));
	memcpy(code + STUB_STOP, stop_stub, sizeof(stop_stub));
}

static void put(uint8_t *at, int offset, uint64_t value, int size)
{
	memcpy(at + offset, &value, size);
}

/* A VMCB for a nested guest in flat 32-bit protected mode. Offsets are those of AMD's manual, volume 2, appendix B. */
static void fill_vmcb(uint8_t *vmcb, uint64_t rip)
{
	uint8_t *save = vmcb + 0x400;

	memset(vmcb, 0, PAGE_4K);
	put(vmcb, 0x00c, 1u << 24 | 1u << 31, 4);	/* intercept HLT, shutdown */
	put(vmcb, 0x010, 1, 4);				/* intercept VMRUN */
	put(vmcb, 0x058, 1, 4);				/* ASID */
	put(vmcb, 0x090, 1, 8);				/* nested paging */
	put(vmcb, 0x0b0, STUB_GPA(STUB_NPT4), 8);
	for (int segment = 0; segment < 4; segment++) {	/* es cs ss ds: selector, attributes, limit, base */
		put(save, segment * 16, 8, 2);
		put(save, segment * 16 + 2, segment == 1 ? 0xc9b : 0xc93, 2);
		put(save, segment * 16 + 4, 0xffffffff, 4);
	}
	put(save, 0x0d0, 0x1000, 8);			/* EFER.SVME */
	put(save, 0x158, 0x11, 8);			/* CR0.PE, ET */
	put(save, 0x160, 0x400, 8);			/* DR7 */
	put(save, 0x168, 0xffff0ff0, 8);		/* DR6 */
	put(save, 0x170, 2, 8);				/* rflags */
	put(save, 0x178, rip, 8);
	put(save, 0x268, 0x0007040600070406ull, 8);	/* guest PAT */
}

static struct kvm_segment flat(int type, int l)
{
	return (struct kvm_segment){ .limit = 0xffffffff, .selector = 8, .type = type, .present = 1, .db = !l, .s = 1,
				     .l = l, .g = 1 };
}

int reset_vcpu(struct vcpu *vcpu)
{
	struct { struct kvm_msrs head; struct kvm_msr_entry entry; } hsave = {
		.head.nmsrs = 1, .entry = { .index = 0xc0010117, .data = STUB_GPA(STUB_HSAVE) },
	};
	struct kvm_nested_state leave = { .flags = KVM_STATE_NESTED_GIF_SET, .format = KVM_STATE_NESTED_FORMAT_SVM,
					  .size = sizeof(leave) };
	struct kvm_sregs sregs;

	if (nested)
		ioctl(vcpu->fd, KVM_SET_NESTED_STATE, &leave);
	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		return -1;
	sregs.cs = flat(11, 1);
	sregs.ds = sregs.es = sregs.ss = flat(3, 0);
	sregs.cr0 = 0x80000011;		/* PG, ET, PE */
	sregs.cr4 = 0x20;		/* PAE */
	sregs.cr3 = STUB_GPA(STUB_PML4);
	/* LMA, LME, NXE (without it 6.1 warns of its own nested page tables), SVME */
	sregs.efer = 0xd00 | (nested ? 0x1000 : 0);
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs))
		return -1;
	return nested && ioctl(vcpu->fd, KVM_SET_MSRS, &hsave) != 1 ? -1 : 0;
}

/* Runs one stub as run_stub() does, with rax as said. */
static int run_stub_with(struct vcpu *vcpu, int entry, uint64_t target, uint64_t rax, int in_nested)
{
	struct kvm_run *run = vcpu->run;
	struct kvm_regs *regs = &run->s.regs.regs;

	if (in_nested)
		fill_vmcb(stub + STUB_GPA(STUB_VMCB), STUB_GPA(STUB_CODE) + entry);
	dropped &= ~(1u << (vcpu - vcpus));
	memset(regs, 0, sizeof(*regs));
	regs->rflags = 2;
	regs->rbx = target;
	regs->rax = in_nested ? STUB_GPA(STUB_VMCB) : rax;
	regs->rip = STUB_GPA(STUB_CODE) + (in_nested ? STUB_VMRUN : entry);
	run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
	run->exit_reason = KVM_EXIT_UNKNOWN;
	for (int mmio = 0; mmio < 8; mmio++) {
		int error = ioctl(vcpu->fd, KVM_RUN, 0) ? errno : 0;

		if (error == EINTR && too_slow) {
			reset_vcpu(vcpu);
			return failed("the access does not complete: it faults again and again");
		}
		if (error == EINTR || error == EAGAIN)
			continue;
		if (error == EFAULT)
			return failed("KVM_RUN: %s", strerror(error));
		if (run->exit_reason == KVM_EXIT_HLT)
			return 0;
		if (run->exit_reason == KVM_EXIT_IO && entry == STUB_STOP) {
			struct kvm_pre_fault_memory range = { .gpa = WORLD_BASE, .size = PAGE_4K };

			answer_in_nested = ioctl(vcpu->fd, KVM_PRE_FAULT_MEMORY, &range) ? errno : 0;
			continue;
		}
		/* Outside of all slots: a read returns nothing, a fetch nothing that can be executed. */
		if (run->exit_reason == KVM_EXIT_MMIO)
			continue;
		break;
	}
	if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR && entry == STUB_EXEC)
		return reset_vcpu(vcpu) ? failed("a vCPU that cannot be reset") : 1;
	reset_vcpu(vcpu);
	return failed("KVM_RUN ends with exit %u instead of a hlt", run->exit_reason);
}

int run_stub(struct vcpu *vcpu, int entry, uint64_t target, int in_nested)
{
	return run_stub_with(vcpu, entry, target, 0, in_nested);
}

static int touch_stub_by(struct vcpu *vcpu)
{
	if (run_stub(vcpu, STUB_NOTHING, 0, 0) < 0)
		return -1;
	if (!uses_shadow)
		return 0;
	/* The table that clear_gpte_dirty() writes to is one of L1's pages, too. */
	if (run_stub(vcpu, STUB_READ, STUB_GPA(STUB_NPT3), 0) < 0)
		return -1;
	return run_stub(vcpu, STUB_NOTHING, 0, 1);
}

int touch_stub(void)
{
	return touch_stub_by(&vcpus[0]);
}

/*
 * The low half is enough, and an aligned store of four bytes is what KVM takes for a write to an entry; all that an entry points to is
 * below 4G. After several such writes KVM takes the page for no page table any more, and zaps all that is mapped through it, the
 * stub's pages, too. The vCPU that has run maps them again: another one would load roots that it may have let go of.
 */
int write_entry(struct vcpu *vcpu, const uint64_t *entry, uint64_t value)
{
	if (run_stub_with(vcpu, STUB_STORE, (const uint8_t *)entry - stub, (uint32_t)value, 0) < 0)
		return -1;
	return touch_stub_by(vcpu);
}
