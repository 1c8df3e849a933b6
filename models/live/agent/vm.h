// SPDX-License-Identifier: MIT
/* The program's VM, and its statistics. */
#pragma once

#include <stdint.h>
#include "slots.h"

#define MAX_VCPUS	4

struct vcpu {
	int fd, stats_fd;
	struct kvm_run *run;
};

extern int vm_fd;
extern int nr_vcpus;
extern struct vcpu vcpus[MAX_VCPUS];
extern unsigned int dropped;	/* vCPUs that have let go of their roots and not run since */

/* A VM with all slots at home and nothing mapped but the stub, without these quirks, with this protection of dirty pages. */
int create_vm_with(uint64_t quirks_off, uint64_t dirty_log);
int create_vm(void);
void destroy_vm(void);

/* Slot 0 is the stub's. `at`: in 2M regions, -1 to delete it. */
int place_slot(struct slot *slot, int at);

/* Ends the line of an answer: STATS. */
void say_stats(void);
