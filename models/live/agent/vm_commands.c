// SPDX-License-Identifier: MIT
/* Commands: the VM, and the process that it belongs to. */
#include <sys/ioctl.h>
#include <linux/kvm.h>
#include "answers.h"
#include "arguments.h"
#include "commands.h"
#include "kvm.h"
#include "vm.h"

/* KVM_X86_QUIRK_SLOT_ZAP_ALL: headers before 6.12 have no name for it. */
#define QUIRK_SLOT_ZAP_ALL	(1ull << 7)

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

const struct known_command vm_commands[] = {
	{ "destroy_vm", destroy_and_create },
	{ "reclaim", reclaim },
	{ "attributes", attributes },
	{ "exit_process", exit_process },
	{ 0 },
};
