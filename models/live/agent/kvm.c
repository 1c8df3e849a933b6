// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "answers.h"
#include "files.h"
#include "init.h"
#include "kvm.h"
#include "log.h"
#include "params.h"
#include "slots.h"

int kvm_fd;
int run_size;
struct kvm_cpuid2 *cpuid;
int nested;

/*
 * A VM that runs nothing. The kernel patches its own code when the first VM comes and when the last one goes, and likewise with
 * vCPUs that have no APIC of KVM's. An emulator then has to translate that code again, which took longer than all the
 * rest of creating a VM.
 */
void keep_a_vm(void)
{
	int vm = ioctl(kvm_fd, KVM_CREATE_VM, 0);

	if (vm >= 0)
		ioctl(vm, KVM_CREATE_VCPU, 0);
}

void open_kvm(void)
{
	char nx[16];

	if (geteuid())
		give_up("only root can set KVM's parameters");
	kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm_fd < 0)
		give_up("no /dev/kvm: %s%s%s", strerror(errno),
			in_vm ? " (CONFIG_KVM_AMD, built in or as a module that is given)" : "", not_loaded);
	if (ioctl(kvm_fd, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		give_up("/dev/kvm speaks another version");
	save_params();
	if (!*host_nx)
		give_up("this KVM has no parameter nx_huge_pages (Linux 5.5)");
	if (set_nx(1) || *read_line(NX, nx, sizeof(nx)) != 'Y') {
		restore_params();
		give_up("nx_huge_pages cannot be forced: it is \"%s\" (kvm.nx_huge_pages=never?)", host_nx);
	}
	run_size = ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	cpuid = calloc(1, sizeof(*cpuid) + 256 * sizeof(cpuid->entries[0]));
	cpuid->nent = 256;
	if (ioctl(kvm_fd, KVM_GET_SUPPORTED_CPUID, cpuid)) {
		restore_params();
		give_up("KVM_GET_SUPPORTED_CPUID: %s", strerror(errno));
	}
	for (unsigned int i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function == 0x80000001)
			nested = cpuid->entries[i].ecx >> 2 & 1;	/* SVM */
	open_log();
	open_pagemap();
}

void say_hello(void)
{
	char tdp_mmu[16], nx[16];
	struct utsname uts;

	uname(&uts);
	say("hello release=%s tdp_mmu=%s nx=%s ratio=%s period=%s nested=%d%s version=%s\n", uts.release,
	    *read_line(PARAM("tdp_mmu"), tdp_mmu, sizeof(tdp_mmu)) ? tdp_mmu : "-",
	    read_line(NX, nx, sizeof(nx)), host_ratio, has_period ? host_period : "-", nested, found_params, uts.version);
	flush_out();
}
