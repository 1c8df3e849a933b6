// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kvm.h>
#include "answers.h"
#include "clock.h"
#include "kvm.h"
#include "stub.h"
#include "tables.h"
#include "vm.h"
#include "worker.h"

int vm_fd = -1;
static int vm_stats_fd = -1;
int nr_vcpus;
struct vcpu vcpus[MAX_VCPUS];
unsigned int dropped;

static int set_region(int id, uint64_t gpa, uint64_t size, void *mem, int flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = id, .flags = flags, .guest_phys_addr = gpa, .memory_size = size,
		.userspace_addr = (uintptr_t)mem,
	};

	return ioctl(vm_fd, KVM_SET_USER_MEMORY_REGION, &region);
}

int place_slot(struct slot *slot, int at)
{
	int flags = slot->dirty_log ? KVM_MEM_LOG_DIRTY_PAGES : 0;
	uint64_t gpa = WORLD_BASE + (at < 0 ? slot->at : at) * PAGE_2M;

	if (set_region(slot - slots + 1, gpa, at < 0 ? 0 : slot->regions * PAGE_2M, slot->mem[slot->backing], flags))
		return failed("KVM_SET_USER_MEMORY_REGION: %s", strerror(errno));
	slot->at = at;
	return 0;
}

/* What userspace reads: the names in kvm_stats_desc, and where their values are in the file of a VM or vCPU. */
static const char *const stat_names[] = { "nx_lpage_splits", "pages_4k", "pages_2m", "pages_1g",
					  "remote_tlb_flush_requests", "pf_taken" };
#define NR_STATS	6
#define PF_TAKEN	5
static long stat_offsets[NR_STATS];
static int knows_stats;

static int find_stats(int fd, int from, int to)
{
	struct kvm_stats_header head;
	static char buf[1 << 16];
	size_t size;

	if (pread(fd, &head, sizeof(head), 0) != sizeof(head))
		return -1;
	size = sizeof(struct kvm_stats_desc) + head.name_size;
	if (size * head.num_desc > sizeof(buf))
		return -1;
	if (pread(fd, buf, size * head.num_desc, head.desc_offset) != (ssize_t)(size * head.num_desc))
		return -1;
	for (int i = from; i < to; i++) {
		stat_offsets[i] = -1;
		for (unsigned int d = 0; d < head.num_desc; d++) {
			struct kvm_stats_desc *desc = (void *)(buf + d * size);

			if (!strcmp(desc->name, stat_names[i]))
				stat_offsets[i] = head.data_offset + desc->offset;
		}
		if (stat_offsets[i] < 0)
			return -1;
	}
	return 0;
}

static uint64_t read_stat(int fd, int stat)
{
	uint64_t value = 0;

	if (pread(fd, &value, 8, stat_offsets[stat]) != 8)
		failed("%s cannot be read: %s", stat_names[stat], strerror(errno));
	return value;
}

void say_stats(void)
{
	uint64_t faults = 0;

	for (int i = 0; i < PF_TAKEN; i++)
		say(" %s=%lld", stat_names[i], (long long)read_stat(vm_stats_fd, i));
	for (int i = 0; i < nr_vcpus; i++)
		faults += read_stat(vcpus[i].stats_fd, PF_TAKEN);
	say(" %s=%llu\n", stat_names[PF_TAKEN], (unsigned long long)faults);
}

void destroy_vm(void)
{
	for (int i = 0; i < MAX_VCPUS; i++) {
		if (vcpus[i].run)
			munmap(vcpus[i].run, run_size);
		if (vcpus[i].stats_fd > 0)
			close(vcpus[i].stats_fd);
		if (vcpus[i].fd > 0)
			close(vcpus[i].fd);
	}
	memset(vcpus, 0, sizeof(vcpus));
	if (vm_stats_fd >= 0)
		close(vm_stats_fd);
	if (vm_fd >= 0)
		close(vm_fd);
	vm_fd = vm_stats_fd = -1;
	forget_worker();
}

static int create_vcpu(int id)
{
	struct vcpu *vcpu = &vcpus[id];

	vcpu->fd = ioctl(vm_fd, KVM_CREATE_VCPU, id);
	if (vcpu->fd < 0)
		return failed("KVM_CREATE_VCPU: %s", strerror(errno));
	vcpu->run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	vcpu->stats_fd = ioctl(vcpu->fd, KVM_GET_STATS_FD, NULL);
	if (vcpu->run == MAP_FAILED || vcpu->stats_fd < 0)
		return failed("a vCPU without memory or statistics: %s", strerror(errno));
	if (ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid) || reset_vcpu(vcpu))
		return failed("a vCPU in long mode: %s", strerror(errno));
	return 0;
}

int create_vm_with(uint64_t quirks_off, uint64_t dirty_log)
{
	struct kvm_enable_cap quirks = { .cap = KVM_CAP_DISABLE_QUIRKS2, .args = { quirks_off } };
	struct kvm_enable_cap manual = { .cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, .args = { dirty_log } };

	map_guests();
	vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	if (vm_fd < 0)
		return failed("KVM_CREATE_VM: %s", strerror(errno));
	vm_stats_fd = ioctl(vm_fd, KVM_GET_STATS_FD, NULL);
	if (vm_stats_fd < 0)
		return failed("KVM_GET_STATS_FD (Linux 5.14): %s", strerror(errno));
	if (quirks_off && ioctl(vm_fd, KVM_ENABLE_CAP, &quirks))
		return failed("KVM_CAP_DISABLE_QUIRKS2: %s", strerror(errno));
	if (dirty_log && ioctl(vm_fd, KVM_ENABLE_CAP, &manual))
		return failed("KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2: %s", strerror(errno));
	if (set_region(0, 0, STUB_PAGES * PAGE_4K, stub, 0) ||
	    (far_directory() && set_region(FAR_SLOT, FAR_GPA, PAGE_4K, stub + STUB_GPA(STUB_NPT2 + WORLD_GIGA), 0)))
		return failed("KVM_SET_USER_MEMORY_REGION: %s", strerror(errno));
	for (struct slot *slot = slots; slot < slots + nr_slots; slot++) {
		slot->dirty_log = 0;
		if (back(slot, slot->first) || place_slot(slot, slot->home))
			return -1;
	}
	for (int i = 0; i < nr_vcpus; i++)
		if (create_vcpu(i))
			return -1;
	if (!knows_stats && (find_stats(vm_stats_fd, 0, PF_TAKEN) || find_stats(vcpus[0].stats_fd, PF_TAKEN, NR_STATS)))
		return failed("this kernel does not count what is compared");
	knows_stats = 1;
	/*
	 * Up to 6.11 the worker begins to wait when it first runs. With one CPU that may be several ms later, at a tick while a command
	 * runs, and then its first direct pass would not be due when the agent asks for it. From 6.12 on it begins with the first
	 * KVM_RUN, by touch_stub().
	 */
	settle();
	last_pass = now_ms();
	return touch_stub();
}

int create_vm(void)
{
	return create_vm_with(0, 0);
}
