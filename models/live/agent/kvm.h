// SPDX-License-Identifier: MIT
/* This machine's KVM. */
#pragma once

#include <stdint.h>
#include <linux/kvm.h>

/* Headers before 6.11 lack these. */
#ifndef KVM_CAP_PRE_FAULT_MEMORY
#define KVM_CAP_PRE_FAULT_MEMORY 236
struct kvm_pre_fault_memory {
	uint64_t gpa, size, flags, padding[5];
};
#define KVM_PRE_FAULT_MEMORY _IOWR(KVMIO, 0xd5, struct kvm_pre_fault_memory)
#endif

extern int kvm_fd;
/* Of each vCPU: the size of its struct kvm_run, and what it can do. */
extern int run_size;
extern struct kvm_cpuid2 *cpuid;
extern int nested;		/* L1 can run a nested guest: SVM */

/* Gives up if this KVM cannot be used. */
void open_kvm(void);

/* A VM that runs nothing, and stays. */
void keep_a_vm(void);

/* Which kernel it is, and what it has: said at the start, and when asked. */
void say_hello(void);
