// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "answers.h"
#include "clock.h"
#include "files.h"
#include "init.h"
#include "messages.h"
#include "params.h"

int in_vm;

char not_loaded[200];

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

void become_init(void)
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
