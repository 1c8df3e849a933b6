// SPDX-License-Identifier: MIT
/*
 * Runs the harness's programs on a real KVM.
 *
 * It is /init of a virtual machine, and talks through a virtio-serial port; or a program of root's on a host, and talks
 * through stdin and stdout. A message is lines of text:
 *
 *	program ID
 *	slot home=0 away=16 regions=8 backing=2m	a memslot, in 2M regions; one line for each
 *	vcpus 2
 *	guest_exec mmu=tdp page=0 offset=0		commands, as in the harness's programs
 *	end
 *
 * (or "hello", which is answered as it is said at the start) and so is its answer, a line for the fresh VM and one for each command:
 *
 *	start STATS | ok STATS		STATS: key=value ..., what userspace reads
 *	cannot WHY			this machine cannot do it; nothing has changed, and the program goes on
 *	failed WHY			the kernel did what it must not; the program ends here
 *	unusable WHY			this machine's fault, not the kernel's: nothing can be said of the program
 *	log TEXT			before such a line: what the kernel complained about
 *	ran NAME N			a function that is watched ran so often
 *	armed				the kernel has only warned, and what warns once will do so again
 *	done ID | malformed WHY		ends the answer
 *
 * "touched NAME ..." asks for functions to be watched: "touched NAME=ok NAME=WHY ...", or "touched !WHY" if none can be.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/kvm.h>
#include <linux/mman.h>

#define PAGE_4K		0x1000ull
#define PAGE_2M		0x200000ull
#define PAGE_1G		0x40000000ull
/* Region 0 of a program. Below it lies the stub, in a 1G range of its own, so that their page tables never meet. */
#define WORLD_BASE	PAGE_1G

/* KVM_X86_QUIRK_SLOT_ZAP_ALL: headers before 6.12 have no name for it. */
#define QUIRK_SLOT_ZAP_ALL	(1ull << 7)

#define CR0_WP		0x10000

/* Headers before 6.11 lack these. */
#ifndef KVM_CAP_PRE_FAULT_MEMORY
#define KVM_CAP_PRE_FAULT_MEMORY 236
struct kvm_pre_fault_memory {
	uint64_t gpa, size, flags, padding[5];
};
#define KVM_PRE_FAULT_MEMORY _IOWR(KVMIO, 0xd5, struct kvm_pre_fault_memory)
#endif

#define MAX_SLOTS	8
#define MAX_REGIONS	512
#define MAX_VCPUS	4
#define MAX_COMMANDS	4096
#define MAX_MESSAGE	(1 << 20)
/* Longest time that a command may take, in seconds of this machine's clock, unless it is there to wait. */
#define COMMAND_SECONDS	20

enum backing { BACKING_4K, BACKING_2M, BACKING_1G, BACKINGS };
static const char *const backing_names[BACKINGS] = { "4k", "2m", "1g" };

struct slot {
	int home, away, regions;	/* in 2M regions */
	enum backing first;		/* what a program starts with */
	enum backing backing;
	int at;				/* where it is; -1: nowhere */
	int dirty_log;
	uint8_t *mem[BACKINGS];		/* made when first asked for, kept for later programs */
	uint8_t broken[MAX_REGIONS];	/* of the 2M backing: small pages by now */
};

struct vcpu {
	int fd, stats_fd;
	struct kvm_run *run;
};

static struct slot slots[MAX_SLOTS];
static int nr_slots, nr_vcpus;
static struct vcpu vcpus[MAX_VCPUS];
static unsigned int dropped;	/* vCPUs that have let go of their roots and not run since */
static int kvm_fd, vm_fd = -1, vm_stats_fd = -1;
static int run_size;
static struct kvm_cpuid2 *cpuid;
static int in_vm;		/* pid 1 of a virtual machine of our own */
static int nested;		/* L1 can run a nested guest: SVM */
static int uses_shadow;		/* this program does */
static int uses_directories;	/* an entry of L1's tables for its guest may come to point to one */
static int kmsg_fd = -1, pagemap_fd = -1;
static int in_fd = 0, out_fd = 1;
static volatile sig_atomic_t ended, too_slow;

/* ---- answers ---- */

/* All processes of a program write to it: see run_in_processes(). */
static char *out;
static size_t *out_size;
#define out_len (*out_size)

static void share_out(void)
{
	out = mmap(NULL, MAX_MESSAGE + PAGE_4K, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	out_size = (size_t *)(out + MAX_MESSAGE);
}

static void say(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(out + out_len, MAX_MESSAGE - out_len, format, args);
	va_end(args);
	if (n > 0 && out_len + n < MAX_MESSAGE)
		out_len += n;
}

static void flush_out(void)
{
	size_t sent = 0;

	while (sent < out_len) {
		struct pollfd poll_out = { .fd = out_fd, .events = POLLOUT };
		ssize_t n;

		/* Nobody listens any more: a port without a host would block for ever. */
		if (poll(&poll_out, 1, -1) > 0 && poll_out.revents & (POLLHUP | POLLERR)) {
			ended = 1;
			break;
		}
		n = write(out_fd, out + sent, out_len - sent);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			break;
		if (n > 0)
			sent += n;
	}
	out_len = 0;
}

/* Why a command was not done: the words of the answer. */
static const char *trouble;
static char why[256];

#define TROUBLE(kind)						\
static int kind(const char *format, ...)			\
{								\
	va_list args;						\
								\
	va_start(args, format);					\
	vsnprintf(why, sizeof(why), format, args);		\
	va_end(args);						\
	trouble = #kind;					\
	return -1;						\
}
TROUBLE(cannot)
TROUBLE(failed)
TROUBLE(unusable)

/* ---- time ---- */

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

static void sleep_until_ms(int64_t moment)
{
	struct timespec ts = { moment / 1000, moment % 1000 * 1000000 };

	alarm(0);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR && !ended)
		;
	alarm(COMMAND_SECONDS);
}

static void sleep_us(long us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&ts, NULL);
}

/* ---- files ---- */

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -1 : 0;
}

/* The first line of a file; an empty text if there is none. */
static const char *read_line(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = 0;
	buf[strcspn(buf, "\n")] = 0;
	return buf;
}

/* ---- KVM's parameters ---- */

#define PARAM(name) "/sys/module/kvm/parameters/" name
#define NX	PARAM("nx_huge_pages")
#define RATIO	PARAM("nx_huge_pages_recovery_ratio")
#define PERIOD	PARAM("nx_huge_pages_recovery_period_ms")

static char host_nx[16], host_ratio[16], host_period[16];
static int has_period;
/* What the program has set: what the kernel has while nothing else is said. */
static uint32_t param_ratio, param_period;
static int param_nx;

static int set_number(const char *path, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	return write_text(path, text);
}

static int set_nx(int on)
{
	return write_text(NX, on ? "force" : "off");
}

/* Recovery off, and the worker with it. */
static void idle_params(void)
{
	set_number(RATIO, 0);
	if (has_period)
		set_number(PERIOD, 0);
}

static void default_params(void)
{
	idle_params();
	set_nx(1);
	param_nx = 1;
	param_period = 0;
	param_ratio = 60;
	set_number(RATIO, 60);
}

static void save_params(void)
{
	read_line(NX, host_nx, sizeof(host_nx));
	read_line(RATIO, host_ratio, sizeof(host_ratio));
	has_period = *read_line(PERIOD, host_period, sizeof(host_period)) != 0;
}

/* As they were found. "auto" is tried first, since reading does not tell it from "force" or "off". */
static void restore_params(void)
{
	char now[16];

	if (!*host_nx)
		return;
	if (write_text(NX, "auto") || strcmp(read_line(NX, now, sizeof(now)), host_nx))
		set_nx(*host_nx == 'Y');
	if (has_period)
		write_text(PERIOD, host_period);
	write_text(RATIO, host_ratio);
}

/* ---- the recovery worker ---- */

/* A direct pass: long enough after the last one, and far from the next. Virtual time is exact, a host's is not. */
static int64_t step_ms = 12;
/* Commands take time, too; passes by the clock are told from it only if they are further apart than this. */
#define SHORTEST_PERIOD	1000
static int64_t last_pass;	/* now_ms() when it ended, or when the VM's worker began to wait for its first */
static char worker[64];		/* its folder in /proc; empty: not known */

/* Milliseconds from pass to pass, as Documentation/admin-guide has it; 0: recovery is off. */
static int64_t period_of(int nx, uint32_t ratio, uint32_t period)
{
	if (!nx || !ratio)
		return 0;
	if (!has_period)
		return 60000;
	return period ? period : 3600000 / (ratio < 3600 ? ratio : 3600);
}

static int64_t current_period(void)
{
	return period_of(param_nx, param_ratio, param_period);
}

static int find_worker_in(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	long found = 0;

	while (dir && (entry = readdir(dir))) {
		char path[300], comm[64];
		long pid = atol(entry->d_name);

		if (pid <= found)
			continue;
		snprintf(path, sizeof(path), "%s/%ld/comm", folder, pid);
		if (!strncmp(read_line(path, comm, sizeof(comm)), "kvm-nx-lpage-re", 15))
			found = pid;
	}
	if (dir)
		closedir(dir);
	if (found)
		snprintf(worker, sizeof(worker), "%s/%ld", folder, found);
	return found != 0;
}

/* A thread of this process since 6.12, else a kernel thread: the youngest of that name. */
static int find_worker(void)
{
	if (*worker)
		return 1;
	return find_worker_in("/proc/self/task") || find_worker_in("/proc");
}

/* How often it went to sleep by itself; -1 while it runs, or if there is none. */
static long worker_slept(void)
{
	char path[80], buf[4096];
	const char *at;
	ssize_t n;
	int fd;

	if (!find_worker())
		return -1;
	snprintf(path, sizeof(path), "%s/status", worker);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return -1;
	buf[n] = 0;
	at = strstr(buf, "\nState:\t");
	if (!at || !strchr("SDI", at[8]))
		return -1;
	at = strstr(buf, "\nvoluntary_ctxt_switches:");
	return at ? atol(at + 25) : -1;
}

/* Between two looks at the worker. One that does not come soon is looked for less and less often: each look costs time. */
static void wait_for_worker(long *us)
{
	sleep_us(*us);
	if (*us < 20000)
		*us += *us / 8;
}

/* Waits until the worker has slept more often than that. 0 if it did not: it does not run when it should. */
static int worker_ran(long slept)
{
	int64_t give_up = now_ms() + 2000;
	long us = 300;

	while (now_ms() < give_up && !too_slow) {
		wait_for_worker(&us);
		if (worker_slept() > slept)
			return 1;
	}
	return 0;
}

/* "Just before" a pass: far enough from it that nothing can bring it about unasked. */
static int64_t just_before(int64_t period)
{
	return last_pass + period - (period / 32 > 500 ? period / 32 : 500);
}

/* The worker may have been woken: lets it do what it has to do. */
static void settle(void)
{
	int64_t give_up = now_ms() + 2000;
	long us = 300;

	do {
		wait_for_worker(&us);
	} while (find_worker() && worker_slept() < 0 && now_ms() < give_up);
}

/* The kernel's timers may come late by an eighth of the time that they were set to: waits for the pass itself. */
static void pass_by_the_clock(int64_t period)
{
	int64_t step = period / 256 > 10 ? period / 256 : 10;
	int64_t moment = last_pass + period;
	int64_t give_up = moment + period / 8 + 100;
	long slept;

	/* Until shortly before it is due the worker may wake for other reasons, as when its period was shorter once. */
	sleep_until_ms(moment - 5);
	settle();
	slept = worker_slept();
	do {
		sleep_until_ms(moment);
		moment += step;
	} while (worker_slept() <= slept && moment <= give_up && !too_slow);
	last_pass = now_ms();
}

/* ---- memory ---- */

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

/*
 * Drops what backs a region, and fills it anew. A broken region is mapped anew: its page table would stay otherwise, and
 * what has a page table gets small pages.
 */
static int refill(struct slot *slot, int region)
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

static uint8_t *map_backing(const struct slot *slot, enum backing backing)
{
	uint64_t align = backing == BACKING_1G ? PAGE_1G : PAGE_2M;
	uint64_t size = slot->regions * PAGE_2M;
	uint8_t *at;

	if (backing == BACKING_1G) {
		at = mmap(NULL, (size + PAGE_1G - 1) & -PAGE_1G, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_1GB, -1, 0);
		return at == MAP_FAILED ? NULL : at;
	}
	at = mmap(NULL, size + align, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	at = (uint8_t *)(((uintptr_t)at + align - 1) & -align);
	madvise(at, size, backing == BACKING_2M ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	return at;
}

/* Fresh memory of this backing, all of it populated. Its contents do not matter. */
static int back(struct slot *slot, enum backing backing)
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

static struct slot *slot_at(int page, int *region)
{
	for (struct slot *slot = slots; slot < slots + nr_slots; slot++) {
		if (slot->at < 0 || page < slot->at || page >= slot->at + slot->regions)
			continue;
		*region = page - slot->at;
		return slot;
	}
	return NULL;
}

/* ---- the guest: a stub in small pages at address 0, and a nested guest that runs the same stub ---- */

#define GIGAS		4
/*
 * L1's page directories for its guest come last, one for each 1G page below 4G: pages that nobody maps, since neither guest accesses
 * them, nor a page among the eight around one. L1 knows the first one of the program's by another address, see far_directory().
 */
enum stub_page { STUB_CODE = 1, STUB_PML4, STUB_PDPT, STUB_NPT4, STUB_NPT3, STUB_VMCB, STUB_HSAVE, STUB_NPT2,
		 STUB_PAGES = STUB_NPT2 + GIGAS };
#define STUB_GPA(page)	((page) * PAGE_4K)
/* Entry points in the code page; what is accessed is in rbx. An executed page holds a hlt. */
#define STUB_READ	0x00	/* mov (%rbx),%al; hlt */
#define STUB_WRITE	0x10	/* mov %al,(%rbx); hlt */
#define STUB_EXEC	0x20	/* jmp *%rbx */
#define STUB_VMRUN	0x30	/* vmrun; hlt: the nested guest exits by its own hlt */
#define STUB_NOTHING	0x40	/* hlt */
#define STUB_STORE	0x50	/* mov %eax,(%rbx); hlt */
#define STUB_STOP	0x60	/* out %al,$0x80; hlt */
#define HLT		0xf4
static uint8_t *stub;

#define PTE_P_RW_US_A	0x27ull
#define PTE_D		0x40ull
#define PTE_PS		0x80ull

static void identity_map(uint8_t *top, uint8_t *below, uint64_t below_gpa)
{
	((uint64_t *)top)[0] = below_gpa | PTE_P_RW_US_A;
	/* Accessed and dirty from the start: else KVM maps nested pages read-only first. See clear_gpte_dirty(). */
	for (uint64_t i = 0; i < GIGAS; i++)
		((uint64_t *)below)[i] = i * PAGE_1G | PTE_P_RW_US_A | PTE_D | PTE_PS;
}

/*
 * The directory of the program's first 1G page lies where its third one begins, if no slot is ever there: so an entry may point to the
 * 1G page and later to the directory, which KVM must tell apart although their gfn is the same.
 */
#define FAR_PAGE	(2 * 512)
#define FAR_GPA		(WORLD_BASE + FAR_PAGE * PAGE_2M)
#define FAR_SLOT	(MAX_SLOTS + 1)
#define WORLD_GIGA	(WORLD_BASE / PAGE_1G)

static int far_directory(void)
{
	for (struct slot *slot = slots; slot < slots + nr_slots; slot++)
		if (slot->home + slot->regions > FAR_PAGE || slot->away + slot->regions > FAR_PAGE)
			return 0;
	return uses_directories;
}

static uint64_t directory_of(uint64_t giga)
{
	return giga == WORLD_GIGA && far_directory() ? FAR_GPA : STUB_GPA(STUB_NPT2 + giga);
}

static uint64_t *entry_of(int page)
{
	return (uint64_t *)(stub + STUB_GPA(STUB_NPT3)) + (WORLD_BASE + page * PAGE_2M) / PAGE_1G;
}

/* Whether the access comes to that directory, or to what is mapped along with it: there is memory where programs see none. */
static int meets_directory(int page, uint64_t offset, int in_nested)
{
	uint64_t value = *entry_of(page);

	if (!far_directory() || page % 512 || offset >= 8)
		return 0;
	if (!in_nested)
		return page == FAR_PAGE;
	return (value & -PAGE_4K) == (value & PTE_PS ? FAR_GPA : directory_of(FAR_GPA / PAGE_1G));
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

static void make_stub(void)
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

/* L1's own page tables and those for its guest, as every VM begins with them. No entry points to a page directory at first. */
static void map_guests(void)
{
	identity_map(stub + STUB_GPA(STUB_PML4), stub + STUB_GPA(STUB_PDPT), STUB_GPA(STUB_PDPT));
	identity_map(stub + STUB_GPA(STUB_NPT4), stub + STUB_GPA(STUB_NPT3), STUB_GPA(STUB_NPT3));
	for (uint64_t i = 0; i < GIGAS * 512; i++)
		((uint64_t *)(stub + STUB_GPA(STUB_NPT2)))[i] = i * PAGE_2M | PTE_P_RW_US_A | PTE_D | PTE_PS;
}

static struct kvm_segment flat(int type, int l)
{
	return (struct kvm_segment){ .limit = 0xffffffff, .selector = 8, .type = type, .present = 1, .db = !l, .s = 1,
				     .l = l, .g = 1 };
}

/* Long mode, all of memory mapped by pages of 1G, and SVM on where there is one. */
static int reset_vcpu(struct vcpu *vcpu)
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

/* What a prefault answered while the nested guest was stopped in the middle, for userspace to emulate a port. */
static int answer_in_nested;

/* Runs one stub until it halts, with rax as said. Negative, and the reason in `trouble`, if it does not. */
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

static int run_stub(struct vcpu *vcpu, int entry, uint64_t target, int in_nested)
{
	return run_stub_with(vcpu, entry, target, 0, in_nested);
}

/*
 * Maps the stub's own pages through each MMU that the program uses: what drops all mappings drops these, too, and they
 * shall be there whenever pages are counted.
 */
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

static int touch_stub(void)
{
	return touch_stub_by(&vcpus[0]);
}

/*
 * L1 writes this entry of the table that its guest's memory is mapped by. The low half is enough, and an aligned store of four bytes is
 * what KVM takes for a write to an entry; all that an entry points to is below 4G. After several such writes KVM takes the page for
 * no page table any more, and zaps all that is mapped through it, the stub's pages, too. The vCPU that has run maps them again: another
 * one would load roots that it may have let go of.
 */
static int write_entry(struct vcpu *vcpu, const uint64_t *entry, uint64_t value)
{
	if (run_stub_with(vcpu, STUB_STORE, (const uint8_t *)entry - stub, (uint32_t)value, 0) < 0)
		return -1;
	return touch_stub_by(vcpu);
}

/* ---- the VM ---- */

static int set_region(int id, uint64_t gpa, uint64_t size, void *mem, int flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = id, .flags = flags, .guest_phys_addr = gpa, .memory_size = size,
		.userspace_addr = (uintptr_t)mem,
	};

	return ioctl(vm_fd, KVM_SET_USER_MEMORY_REGION, &region);
}

/* Slot 0 is the stub's. `at`: in 2M regions, -1 to delete it. */
static int place_slot(struct slot *slot, int at)
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

static void say_stats(void)
{
	uint64_t faults = 0;

	for (int i = 0; i < PF_TAKEN; i++)
		say(" %s=%lld", stat_names[i], (long long)read_stat(vm_stats_fd, i));
	for (int i = 0; i < nr_vcpus; i++)
		faults += read_stat(vcpus[i].stats_fd, PF_TAKEN);
	say(" %s=%llu\n", stat_names[PF_TAKEN], (unsigned long long)faults);
}

static void destroy_vm(void)
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
	*worker = 0;
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

/* A VM with all slots at home and nothing mapped but the stub, without these quirks, with this protection of dirty pages. */
static int create_vm_with(uint64_t quirks_off, uint64_t dirty_log)
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
	if (stat_offsets[0] == 0 && (find_stats(vm_stats_fd, 0, PF_TAKEN) ||
				     find_stats(vcpus[0].stats_fd, PF_TAKEN, NR_STATS)))
		return failed("this kernel does not count what is compared");
	/*
	 * Up to 6.11 the worker begins to wait when it first runs. With one CPU that may be several ms later, at a tick while a command
	 * runs, and then its first direct pass would not be due when the agent asks for it. From 6.12 on it begins with the first
	 * KVM_RUN, by touch_stub().
	 */
	settle();
	last_pass = now_ms();
	return touch_stub();
}

static int create_vm(void)
{
	return create_vm_with(0, 0);
}

/* ---- commands: the harness's, in its words ---- */

struct command {
	char text[128];		/* cut into words */
	const char *name;
	const char *keys[8], *values[8];
	int nr_args;
};

/* Set while a message is read, or a command's arguments: the message makes no sense. */
static char malformed[200];

static const char *word_of(const struct command *command, const char *key, const char *fallback)
{
	for (int i = 0; i < command->nr_args; i++)
		if (!strcmp(command->keys[i], key))
			return command->values[i];
	if (!fallback)
		snprintf(malformed, sizeof(malformed), "%s lacks %s", command->name, key);
	return fallback ? fallback : "";
}

static uint32_t number_of(const struct command *command, const char *key, const char *fallback, uint32_t most)
{
	const char *text = word_of(command, key, fallback);
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (*malformed)
		return 0;
	if (*text < '0' || *text > '9' || *end || value > most) {
		snprintf(malformed, sizeof(malformed), "%s %s=%.40s is not 0..%u", command->name, key, text, most);
		return 0;
	}
	return value;
}

static int choice_or(const struct command *command, const char *key, const char *fallback, const char *const *words, int n)
{
	const char *text = word_of(command, key, fallback);

	for (int i = 0; i < n; i++)
		if (!strcmp(text, words[i]))
			return i;
	if (!*malformed)
		snprintf(malformed, sizeof(malformed), "%s %s=%.40s is unknown", command->name, key, text);
	return 0;
}

static int choice_of(const struct command *command, const char *key, const char *const *words, int n)
{
	return choice_or(command, key, NULL, words, n);
}

static struct slot *slot_of(const struct command *command)
{
	return &slots[number_of(command, "slot", "0", nr_slots - 1)];
}

static int guest_access(const struct command *command, int entry)
{
	static const char *const mmus[] = { "tdp", "shadow" };
	int in_nested = choice_of(command, "mmu", mmus, 2);
	int page = number_of(command, "page", NULL, 3 * MAX_REGIONS - 1);
	uint64_t offset = number_of(command, "offset", NULL, 511);
	struct vcpu *vcpu = &vcpus[number_of(command, "vcpu", "0", nr_vcpus - 1)];
	uint64_t gpa = WORLD_BASE + page * PAGE_2M + offset * PAGE_4K;
	struct slot *slot;
	int region;

	if (*malformed)
		return 0;
	if (in_nested && !nested)
		return cannot("no nested guest: this machine's KVM has no SVM with nested paging to offer");
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
	static const char *const mmus[] = { "shadow" };
	int page = number_of(command, "page", NULL, 3 * MAX_REGIONS - 1);
	uint64_t *entry = entry_of(page);
	struct vcpu *vcpu = &vcpus[number_of(command, "vcpu", "0", nr_vcpus - 1)];
	int region;

	choice_of(command, "mmu", mmus, 1);
	if (*malformed)
		return 0;
	if (!nested)
		return cannot("no nested guest: this machine's KVM has no SVM with nested paging to offer");
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
	static const char *const mmus[] = { "shadow" }, *const sizes[] = { "1g", "2m" };
	int page = number_of(command, "page", NULL, 3 * MAX_REGIONS - 1);
	int to = number_of(command, "to", NULL, 3 * MAX_REGIONS - 1);
	int tracked = number_of(command, "tracked", NULL, 1);
	uint64_t *entry = entry_of(page);
	uint64_t giga = (WORLD_BASE + to * PAGE_2M) / PAGE_1G;
	int in_2m = choice_or(command, "size", "1g", sizes, 2);
	uint64_t value = (*entry & (PAGE_4K - 1) & ~PTE_PS) |
			 (in_2m ? directory_of(giga) : giga * PAGE_1G | PTE_PS);
	struct vcpu *vcpu = &vcpus[number_of(command, "vcpu", "0", nr_vcpus - 1)];

	choice_of(command, "mmu", mmus, 1);
	if (*malformed)
		return 0;
	if (!nested)
		return cannot("no nested guest: this machine's KVM has no SVM with nested paging to offer");
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
	static const char *const mmus[] = { "tdp", "shadow" };
	int in_nested = choice_of(command, "mmu", mmus, 2);
	int page = number_of(command, "page", NULL, 3 * MAX_REGIONS - 1);
	uint64_t offset = number_of(command, "offset", NULL, 511);
	struct vcpu *vcpu = &vcpus[number_of(command, "vcpu", "0", nr_vcpus - 1)];
	struct kvm_pre_fault_memory range = { .gpa = WORLD_BASE + page * PAGE_2M + offset * PAGE_4K, .size = PAGE_4K };
	int region, error, wanted;

	if (*malformed)
		return 0;
	if (in_nested && !nested)
		return cannot("no nested guest: this machine's KVM has no SVM with nested paging to offer");
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

/* The worker runs once, at this ratio: recovery is turned on when the last pass is long enough ago, and off at once. */
static int recover(const struct command *command)
{
	uint32_t ratio = number_of(command, "ratio", NULL, UINT32_MAX);
	int64_t due = last_pass + (has_period ? step_ms : 60000);
	long slept;

	if (*malformed)
		return 0;
	if (!param_nx || !ratio)
		return cannot("the worker makes no pass %s", ratio ? "while nx_huge_pages is off" : "at ratio 0");
	set_number(RATIO, 0);
	if (has_period)
		set_number(PERIOD, step_ms - 4);
	settle();
	sleep_until_ms(due);
	/* Not before that sleep: with recovery off a timer of an earlier, longer period may still wake the worker, for no pass. */
	slept = worker_slept();
	set_number(RATIO, ratio);
	worker_ran(slept);
	set_number(RATIO, 0);
	last_pass = now_ms();
	if (has_period)
		set_number(PERIOD, param_period);
	set_number(RATIO, param_ratio);
	settle();
	return 0;
}

/* A parameter changes: a pass may be due at once. Whether it happens is for the harness to see. */
static int change_params(int nx, uint32_t ratio, uint32_t period)
{
	int64_t before = current_period();
	int64_t after = period_of(nx, ratio, period);
	int was_nx = param_nx;

	if (after && after < SHORTEST_PERIOD)
		return cannot("a pass every %lld ms cannot be told from the time that commands take; %d is the least",
			      (long long)after, SHORTEST_PERIOD);
	if (period != param_period && !has_period)
		return cannot("no nx_huge_pages_recovery_period_ms in this kernel (5.16)");
	if (ratio != param_ratio && set_number(RATIO, ratio))
		return failed("nx_huge_pages_recovery_ratio: %s", strerror(errno));
	if (period != param_period && set_number(PERIOD, period))
		return failed("nx_huge_pages_recovery_period_ms: %s", strerror(errno));
	if (nx != param_nx && set_nx(nx))
		return failed("nx_huge_pages: %s", strerror(errno));
	param_nx = nx;
	param_ratio = ratio;
	param_period = period;
	settle();
	if (after && (!before || after < before) && now_ms() - last_pass >= after)
		last_pass = now_ms();
	return nx == was_nx ? 0 : touch_stub();
}

static int recovery_ratio(const struct command *command)
{
	uint32_t ratio = number_of(command, "ratio", NULL, UINT32_MAX);

	return *malformed ? 0 : change_params(param_nx, ratio, param_period);
}

static int recovery_period(const struct command *command)
{
	uint32_t period = number_of(command, "ms", NULL, UINT32_MAX);

	return *malformed ? 0 : change_params(param_nx, param_ratio, period);
}

static int nx_huge_pages(const struct command *command)
{
	int on = number_of(command, "on", NULL, 1);

	return *malformed ? 0 : change_params(on, param_ratio, param_period);
}

static int wait_until(const struct command *command)
{
	static const char *const moments[] = { "before_due", "due" };
	int due = choice_of(command, "until", moments, 2);
	int64_t period = current_period();

	if (*malformed || !period)
		return 0;
	if (!in_vm && period > 10000)
		return cannot("a wait of %lld s, on a host that cannot hurry", (long long)period / 1000);
	if (due)
		pass_by_the_clock(period);
	else
		sleep_until_ms(just_before(period));
	return 0;
}

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

static int destroy_and_create(const struct command *command)
{
	static const char *const modes[] = { "plain", "manual", "initially_set" };
	static const int flags[] = { 0, KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE,
				     KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE | KVM_DIRTY_LOG_INITIALLY_SET };
	int slot_zap_all = number_of(command, "slot_zap_all", "1", 1);
	int dirty_log = choice_or(command, "dirty_log", "plain", modes, 3);

	if (*malformed)
		return 0;
	if (flags[dirty_log] & ~ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2))
		return cannot("no dirty_log=%s: KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 lacks it in this kernel (%s)",
			      modes[dirty_log], dirty_log == 2 ? "5.7" : "5.2");
	if (!slot_zap_all && !(ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_DISABLE_QUIRKS2) & QUIRK_SLOT_ZAP_ALL))
		return cannot("no KVM_X86_QUIRK_SLOT_ZAP_ALL that could be off in this kernel (6.12)");
	destroy_vm();
	return create_vm_with(slot_zap_all ? 0 : QUIRK_SLOT_ZAP_ALL, flags[dirty_log]);
}

static int reclaim(const struct command *command)
{
	(void)command;
	return cannot("userspace cannot make KVM reclaim shadow pages: its least limit is never reached");
}

static int attributes(const struct command *command)
{
	(void)command;
	return cannot("a VM of the default type has no private memory: its pages have no attributes");
}

/* Only where a pass may have come by the clock, which run_command() says. Else run_from() ends the process. */
static int exit_process(const struct command *command)
{
	(void)command;
	return unusable("the process did not end");
}

static const struct {
	const char *name;
	int (*run)(const struct command *command);
} commands[] = {
	{ "guest_read", guest_read },
	{ "guest_write", guest_write },
	{ "guest_exec", guest_exec },
	{ "clear_gpte_dirty", clear_gpte_dirty },
	{ "clear_dirty", clear_gpte_dirty }, /* the name that it had first */
	{ "drop_roots", drop_roots },
	{ "remap_entry", remap_entry },
	{ "prefault", prefault },
	{ "recover", recover },
	{ "recovery_ratio", recovery_ratio },
	{ "recovery_period", recovery_period },
	{ "nx_huge_pages", nx_huge_pages },
	{ "wait", wait_until },
	{ "dirty_log", dirty_log },
	{ "clear_dirty_log", clear_dirty_log },
	{ "invalidate", invalidate },
	{ "invalidate_4k", invalidate_4k },
	{ "create_slot", create_slot },
	{ "delete_slot", delete_slot },
	{ "recreate_slot", recreate_slot },
	{ "move_slot", move_slot },
	{ "destroy_vm", destroy_and_create },
	{ "reclaim", reclaim },
	{ "attributes", attributes },
	{ "exit_process", exit_process },
};

/* ---- messages ---- */

static struct command program[MAX_COMMANDS];
static int nr_commands;
static char program_id[32];

static void parse_command(struct command *command, const char *line)
{
	char *word, *rest = command->text;

	if (strlen(line) >= sizeof(command->text)) {
		snprintf(malformed, sizeof(malformed), "a line of %zu characters", strlen(line));
		return;
	}
	strcpy(command->text, line);
	command->nr_args = 0;
	command->name = strsep(&rest, " ");
	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');

		if (!value || command->nr_args == 8) {
			snprintf(malformed, sizeof(malformed), "\"%.60s\" in %.60s", word, command->name);
			return;
		}
		*value++ = 0;
		command->keys[command->nr_args] = word;
		command->values[command->nr_args++] = value;
	}
}

/* A slot of another shape than the last program's gets other memory. */
static void parse_slot(const struct command *command, struct slot *slot)
{
	int home = number_of(command, "home", NULL, 2 * MAX_REGIONS);
	int away = number_of(command, "away", NULL, 2 * MAX_REGIONS);
	int regions = number_of(command, "regions", NULL, MAX_REGIONS);
	enum backing backing = choice_of(command, "backing", backing_names, BACKINGS);

	if (!regions && !*malformed)
		snprintf(malformed, sizeof(malformed), "a slot of no regions");
	if (*malformed)
		return;
	if (slot->regions != regions) {
		/* The mapping goes on being reserved where it was aligned by hand: programs have few shapes. */
		for (int i = 0; i < BACKINGS; i++)
			if (slot->mem[i])
				munmap(slot->mem[i], slot->regions * PAGE_2M);
		memset(slot, 0, sizeof(*slot));
	}
	slot->home = home;
	slot->away = away;
	slot->regions = regions;
	slot->first = backing;
	slot->at = -1;
}

static void say_hello(void);
static void watch(char *names);

/* One line of a message; 1 when it is complete. */
static int take_line(const char *line)
{
	static char names[8192];
	struct command command;

	if (!strncmp(line, "program ", 8)) {
		snprintf(program_id, sizeof(program_id), "%s", line + 8);
		nr_slots = nr_commands = uses_shadow = uses_directories = 0;
		nr_vcpus = 1;
		*malformed = 0;
		return 0;
	}
	if (!strcmp(line, "end"))
		return 1;
	if (*malformed)
		return 0;
	if (!*program_id && !strcmp(line, "hello")) {
		say_hello();
		return 0;
	}
	if (!*program_id && !strncmp(line, "touched ", 8)) {
		snprintf(names, sizeof(names), "%s", line + 8);
		watch(names);
		flush_out();
		return 0;
	}
	if (!*program_id) {
		snprintf(malformed, sizeof(malformed), "\"%.60s\" outside of a program", line);
		return 0;
	}
	if (!strncmp(line, "vcpus ", 6)) {
		nr_vcpus = atoi(line + 6);
		if (nr_vcpus < 1 || nr_vcpus > MAX_VCPUS)
			snprintf(malformed, sizeof(malformed), "vcpus %.20s: 1..%d", line + 6, MAX_VCPUS);
		return 0;
	}
	if (!strncmp(line, "slot ", 5)) {
		parse_command(&command, line);
		if (nr_slots == MAX_SLOTS)
			snprintf(malformed, sizeof(malformed), "more than %d slots", MAX_SLOTS);
		if (!*malformed)
			parse_slot(&command, &slots[nr_slots]);
		if (!*malformed)
			nr_slots++;
		return 0;
	}
	if (nr_commands == MAX_COMMANDS) {
		snprintf(malformed, sizeof(malformed), "more than %d commands", MAX_COMMANDS);
		return 0;
	}
	parse_command(&program[nr_commands++], line);
	if (strstr(line, "mmu=shadow"))
		uses_shadow = nested;
	if (strstr(line, "size=2m") && !strncmp(line, "remap_entry ", 12))
		uses_directories = nested;
	return 0;
}

/* ---- functions that are watched: a kprobe counts how often each is entered ---- */

#define TRACEFS "/sys/kernel/tracing/"
#define MAX_WATCHED 64
static struct { char name[64]; long before; int probed; } watched[MAX_WATCHED];
static int nr_watched;

/* A symbol of a function: its module (empty: the kernel's own) and its name, as a compiler may have lengthened it. */
struct symbol { char module[32], name[160]; int rank; };

/* KVM's own are meant first: others may have functions of the same name. */
static int rank_of(const char *module, int whole)
{
	int rank = !strcmp(module, "kvm") ? 4 : !strncmp(module, "kvm", 3) ? 3 : *module ? 1 : 2;

	return rank * 2 + whole;
}

static void find_symbols(struct symbol *symbols)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		char type, name[160], module[40] = "";
		int fields = sscanf(line, "%*s %c %159s [%39[^]]", &type, name, module);
		size_t length = strcspn(name, ".");

		if (fields < 2 || !strchr("tT", type) || strstr(name, ".cold") || strlen(module) > 31)
			continue;
		for (int i = 0; i < nr_watched; i++) {
			int rank = rank_of(module, !name[length]);

			if (strncmp(watched[i].name, name, length) || watched[i].name[length] ||
			    rank <= symbols[i].rank)
				continue;
			symbols[i].rank = rank;
			strcpy(symbols[i].name, name);
			strcpy(symbols[i].module, module);
		}
	}
	if (file)
		fclose(file);
}

/* NULL if it is counted from now on, else why not. */
static const char *probe(int i, const struct symbol *symbol)
{
	char text[256];
	int fd, error;

	if (!symbol->rank)
		return "absent";
	snprintf(text, sizeof(text), "p:touched/f%d %.31s%s%.159s", i, symbol->module,
		 *symbol->module ? ":" : "", symbol->name);
	fd = open(TRACEFS "kprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC);
	error = fd < 0 || write(fd, text, strlen(text)) < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	if (error == EADDRNOTAVAIL)
		return "several";
	return error ? "refused" : NULL;
}

static void watch(char *names)
{
	static struct symbol symbols[MAX_WATCHED];
	const char *missing = access(TRACEFS "trace", F_OK) ? "CONFIG_FTRACE" :
			      access(TRACEFS "kprobe_events", F_OK) ? "CONFIG_KPROBE_EVENTS" : NULL;

	if (missing) {
		say("touched !%s\n", missing);
		return;
	}
	if (!nr_watched) {
		for (char *name; (name = strsep(&names, " "));)
			if (*name && nr_watched < MAX_WATCHED && strlen(name) < sizeof(watched[0].name))
				strcpy(watched[nr_watched++].name, name);
		memset(symbols, 0, sizeof(symbols));
		find_symbols(symbols);
	}
	say("touched");
	for (int i = 0; i < nr_watched; i++) {
		const char *trouble = watched[i].probed ? NULL : probe(i, &symbols[i]);

		watched[i].probed = !trouble;
		say(" %s=%s", watched[i].name, trouble ? trouble : "ok");
	}
	say("\n");
	write_text(TRACEFS "events/touched/enable", "1");
}

/* How often each has run since the last time; `tell`: that is told. */
static void count_watched(int tell)
{
	FILE *file = nr_watched ? fopen(TRACEFS "kprobe_profile", "r") : NULL;
	char line[256];
	int i;
	long hits;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " f%d %ld", &i, &hits) != 2 || i < 0 || i >= nr_watched)
			continue;
		if (tell && hits > watched[i].before)
			say("ran %s %ld\n", watched[i].name, hits - watched[i].before);
		watched[i].before = hits;
	}
	if (file)
		fclose(file);
}

/* Whether the kernel has complained of this program, and of nothing worse than a warning. */
static int complained, only_warned;

/* What the kernel has complained about since the last time: each a line. */
static void say_log(void)
{
	static const char *const complaints[] = { "WARNING:", "BUG:", "Oops", "general protection", "stall", "hung task",
						  "soft lockup", "list_add corruption", "list_del corruption" };
	char record[8192];
	ssize_t n;

	while (kmsg_fd >= 0 && ((n = read(kmsg_fd, record, sizeof(record) - 1)) > 0 || errno == EPIPE)) {
		const char *text;

		if (n <= 0)
			continue;
		record[n] = 0;
		record[strcspn(record, "\n")] = 0;
		text = strchr(record, ';');
		for (size_t i = 0; text && i < sizeof(complaints) / sizeof(*complaints); i++) {
			if (strstr(text, complaints[i])) {
				say("log %s\n", text + 1);
				complained = 1;
				only_warned &= i == 0;
				break;
			}
		}
	}
}

/* Time that commands take must not bring a pass about by itself. */
static int is_late(void)
{
	int64_t period = current_period();

	return period && now_ms() > last_pass + period - 20;
}

/* 0: the program goes on. */
static int run_command(const struct command *command)
{
	int result = -1;

	if (is_late())
		result = unusable("too slow: a pass came by the clock while commands ran");
	else {
		size_t i, n = sizeof(commands) / sizeof(*commands);

		for (i = 0; i < n && strcmp(commands[i].name, command->name); i++)
			;
		result = i < n ? commands[i].run(command) : cannot("no such command here");
	}
	say_log();
	if (*malformed)
		return -1;
	if (!result) {
		say("ok");
		say_stats();
		return 0;
	}
	say("%s %s\n", trouble, why);
	return strcmp(trouble, "cannot") ? -1 : 0;
}

/*
 * Runs the commands from this one on, in a VM that this process creates. Returns the one after exit_process; 0 if the program is
 * over.
 */
static int run_from(int first)
{
	alarm(COMMAND_SECONDS);
	if (create_vm()) {
		say_log();
		say("%s %s\n", trouble, why);
		return 0;
	}
	/* What the kernel said when the process before ended. */
	if (first)
		say_log();
	say(first ? "ok" : "start");
	say_stats();
	for (int i = first; i < nr_commands; i++) {
		alarm(COMMAND_SECONDS);
		if (!strcmp(program[i].name, "exit_process") && !is_late())
			return i + 1;
		if (run_command(&program[i]))
			return 0;
	}
	return 0;
}

/* What a process leaves to the next, besides what it has said. All else goes with it. */
struct legacy {
	int ended, next;
	uint32_t ratio, period;
	int nx;
	int complained, only_warned;
	char malformed[sizeof(malformed)];
};

/* The memory of slots belongs to one process: to a parent and its child, pages would be copied when they are written. */
static void drop_memory(void)
{
	for (int i = 0; i < MAX_SLOTS; i++) {
		for (int j = 0; j < BACKINGS; j++) {
			if (slots[i].mem[j])
				munmap(slots[i].mem[j], slots[i].regions * PAGE_2M);
			slots[i].mem[j] = NULL;
		}
		memset(slots[i].broken, 0, sizeof(slots[i].broken));
	}
}

static void run_in_child(struct legacy *legacy)
{
	int first = legacy->next;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(pagemap_fd);
	pagemap_fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	make_stub();
	param_ratio = legacy->ratio;
	param_period = legacy->period;
	param_nx = legacy->nx;
	complained = legacy->complained;
	only_warned = legacy->only_warned;
	legacy->next = run_from(first);
	legacy->ratio = param_ratio;
	legacy->period = param_period;
	legacy->nx = param_nx;
	legacy->complained = complained;
	legacy->only_warned = only_warned;
	memcpy(legacy->malformed, malformed, sizeof(malformed));
	legacy->ended = 1;
	/* With its VM open. */
	_exit(0);
}

/*
 * A program with exit_process: each of its processes is a child of this one, creates a VM, and ends without closing it. It has ended
 * when all of its threads have, the last of which destroys the VM.
 */
static void run_in_processes(void)
{
	struct legacy *legacy = mmap(NULL, PAGE_4K, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	drop_memory();
	legacy->ratio = param_ratio;
	legacy->period = param_period;
	legacy->nx = param_nx;
	legacy->only_warned = 1;
	do {
		pid_t child;

		legacy->ended = 0;
		child = fork();
		if (!child)
			run_in_child(legacy);
		while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
		if (!legacy->ended) {
			say_log();
			say(child > 0 ? "failed the process was killed\n" : "unusable no process could be created\n");
			break;
		}
	} while (legacy->next && !ended);
	complained = legacy->complained;
	only_warned = legacy->only_warned;
	memcpy(malformed, legacy->malformed, sizeof(malformed));
	munmap(legacy, PAGE_4K);
}

static int has_processes(void)
{
	for (int i = 0; i < nr_commands; i++)
		if (!strcmp(program[i].name, "exit_process"))
			return 1;
	return 0;
}

static void run_program(void)
{
	too_slow = complained = 0;
	only_warned = 1;
	if (!*malformed && !nr_slots)
		snprintf(malformed, sizeof(malformed), "a program without slots");
	if (!*malformed) {
		/*
		 * Where a program yields to others decides how often it flushes: all begin when the last one's VM is long
		 * gone, at the same distance from the full second, at which the kernel does its housekeeping.
		 */
		if (in_vm)
			sleep_until_ms((now_ms() / 1000 + 2) * 1000 + 50);
		alarm(COMMAND_SECONDS);
		default_params();
		count_watched(0);
		if (has_processes()) {
			alarm(0);
			run_in_processes();
		} else {
			run_from(0);
			destroy_vm();
		}
		idle_params();
		alarm(0);
		say_log();
		count_watched(1);
		if (complained && only_warned && !write_text("/sys/kernel/debug/clear_warn_once", "1"))
			say("armed\n");
	}
	if (*malformed)
		say("malformed %s\n", malformed);
	else
		say("done %s\n", program_id);
	*program_id = *malformed = 0;
}

/* Reads messages until the other side hangs up. */
static void serve(void)
{
	static char in[MAX_MESSAGE];
	size_t have = 0;

	while (!ended) {
		struct pollfd poll_in = { .fd = in_fd, .events = POLLIN };
		char *line, *newline;
		ssize_t n;

		if (poll(&poll_in, 1, -1) < 0)
			continue;
		n = read(in_fd, in + have, sizeof(in) - have);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return;
		have += n;
		for (line = in; (newline = memchr(line, '\n', in + have - line)); line = newline + 1) {
			*newline = 0;
			if (strlen(line) != (size_t)(newline - line))
				snprintf(malformed, sizeof(malformed), "a line with a zero byte");
			if (take_line(line)) {
				run_program();
				flush_out();
			}
		}
		have -= line - in;
		memmove(in, line, have);
		if (have == sizeof(in)) {
			have = 0;
			snprintf(malformed, sizeof(malformed), "a line without an end");
		}
	}
}

/* ---- beginning and end ---- */

static void on_signal(int signal)
{
	if (signal == SIGALRM)
		too_slow = 1;
	else
		ended = 1;
}

/* The first module that could not be loaded, and why. */
static char not_loaded[200];
/* KVM's parameters that the kernel line names, as they are found: " param.NAME=VALUE", - for one that cannot be read. */
static char found_params[1000];

static void find_params(void)
{
	FILE *file = fopen("/proc/cmdline", "r");
	char line[4096], *rest, *word;

	if (!file)
		return;
	if (fgets(line, sizeof(line), file)) {
		for (word = strtok_r(line, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
			char path[200], value[64];
			size_t length = strlen(found_params);

			if (strncmp(word, "kvm.", 4))
				continue;
			word += 4;
			word[strcspn(word, "=")] = 0;
			if (strchr(word, '/'))
				continue;
			snprintf(path, sizeof(path), PARAM("%s"), word);
			read_line(path, value, sizeof(value));
			for (char *space; (space = strpbrk(value, " \t"));)
				*space = '_';
			snprintf(found_params + length, sizeof(found_params) - length, " param.%s=%s", word,
				 *value ? value : "-");
		}
	}
	fclose(file);
}

static void say_hello(void)
{
	char tdp_mmu[16], nx[16];
	struct utsname uts;

	uname(&uts);
	say("hello release=%s tdp_mmu=%s nx=%s ratio=%s period=%s nested=%d%s version=%s\n", uts.release,
	    *read_line(PARAM("tdp_mmu"), tdp_mmu, sizeof(tdp_mmu)) ? tdp_mmu : "-",
	    read_line(NX, nx, sizeof(nx)), host_ratio, has_period ? host_period : "-", nested, found_params, uts.version);
	flush_out();
}

/* Says why nothing can be run, and ends. */
static void give_up(const char *format, ...)
{
	va_list args;

	say("unusable ");
	va_start(args, format);
	out_len += vsnprintf(out + out_len, MAX_MESSAGE - out_len, format, args);
	va_end(args);
	say("\n");
	flush_out();
	if (in_vm) {
		sleep(1);
		reboot(RB_POWER_OFF);
	}
	exit(1);
}

/* The modules in the order in which they must be loaded. */
static void load_modules(void)
{
	FILE *order = fopen("/modules/order", "r");
	char line[200], name[100], params[100];

	while (order && fgets(line, sizeof(line), order)) {
		char path[200];
		int fd;

		*params = 0;
		if (sscanf(line, "%99s %99[^\n]", name, params) < 1)
			continue;
		snprintf(path, sizeof(path), "/modules/%s", name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if ((fd < 0 || syscall(SYS_finit_module, fd, params, 0)) && errno != EEXIST) {
			fprintf(stderr, "agent: %s: %s\n", name, strerror(errno));
			if (!*not_loaded)
				snprintf(not_loaded, sizeof(not_loaded), "; module %s: %s", name, strerror(errno));
		}
		if (fd >= 0)
			close(fd);
	}
	if (order)
		fclose(order);
}

/* The port may take a moment to appear. */
static void open_port(void)
{
	for (int i = 0; i < 200; i++) {
		DIR *dir = opendir("/dev");
		struct dirent *entry;

		while (dir && (entry = readdir(dir))) {
			char path[300];

			if (strncmp(entry->d_name, "vport", 5))
				continue;
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
			in_fd = out_fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		}
		if (dir)
			closedir(dir);
		if (in_fd > 0)
			return;
		sleep_us(10000);
	}
	fprintf(stderr, "agent: no virtio-serial port (CONFIG_VIRTIO_PCI, CONFIG_VIRTIO_CONSOLE, CONFIG_DEVTMPFS)\n");
	reboot(RB_POWER_OFF);
}

/*
 * Nothing but the programs may change what backs the guest's memory. What else the kernel does every few seconds is off: it
 * took most of the time of a program that waits for a minute, and where it comes in, loops of KVM yield and flush once
 * more. A kernel that hangs is told by its RCU, and by the harness.
 */
static void quiet_machine(void)
{
#define THP "/sys/kernel/mm/transparent_hugepage/"
	write_text(THP "enabled", "madvise");
	write_text(THP "defrag", "madvise");
	write_text(THP "khugepaged/scan_sleep_millisecs", "4294967295");
	write_text(THP "khugepaged/alloc_sleep_millisecs", "4294967295");
	write_text("/sys/kernel/mm/ksm/run", "0");
	write_text("/proc/sys/vm/compaction_proactiveness", "0");
	write_text("/proc/sys/vm/stat_interval", "100000");
	write_text("/proc/sys/kernel/watchdog", "0");
	write_text("/proc/sys/net/ipv4/neigh/default/interval_probe_time_ms", "86400000");
	write_text("/proc/sys/net/ipv4/neigh/default/base_reachable_time_ms", "86400000");
}

/*
 * A VM that runs nothing. The kernel patches its own code when the first VM comes and when the last one goes, and likewise with
 * vCPUs that have no APIC of KVM's. An emulator then has to translate that code again, which took longer than all the
 * rest of creating a VM.
 */
static void keep_a_vm(void)
{
	int vm = ioctl(kvm_fd, KVM_CREATE_VM, 0);

	if (vm >= 0)
		ioctl(vm, KVM_CREATE_VCPU, 0);
}

static void become_init(void)
{
	int console;

	in_vm = 1;
	mkdir("/dev", 0755);
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mount("none", "/dev", "devtmpfs", 0, NULL);
	mount("none", "/proc", "proc", 0, NULL);
	mount("none", "/sys", "sysfs", 0, NULL);
	mount("none", "/sys/kernel/debug", "debugfs", 0, NULL);
	mount("none", "/sys/kernel/tracing", "tracefs", 0, NULL);
	console = open("/dev/console", O_RDWR);
	for (int fd = 0; console >= 0 && fd < 3; fd++)
		dup2(console, fd);
	load_modules();
	find_params();
	open_port();
	quiet_machine();
}

static void open_kvm(void)
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
	kmsg_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg_fd >= 0)
		lseek(kmsg_fd, 0, SEEK_END);
	pagemap_fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	share_out();
	if (getpid() == 1)
		become_init();
	else
		step_ms = 1000;
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	open_kvm();
	make_stub();
	if (in_vm)
		keep_a_vm();
	idle_params();
	say_hello();
	serve();
	destroy_vm();
	restore_params();
	if (in_vm)
		reboot(RB_POWER_OFF);
	return 0;
}
