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
#include <sys/reboot.h>
#include <unistd.h>
#include "answers.h"
#include "init.h"
#include "kvm.h"
#include "messages.h"
#include "params.h"
#include "signals.h"
#include "stub.h"
#include "vm.h"
#include "worker.h"

int main(void)
{
	share_out();
	if (getpid() == 1)
		become_init();
	else
		step_ms = 1000;
	catch_signals();
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
