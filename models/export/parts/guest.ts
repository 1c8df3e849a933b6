/** The guest: what L1 and its own guest do, and how the test makes them do it. */
import type { Library } from '../library';
import { type Needs, when } from './part';

/** A program without any access of the guest's. */
const IDLE_GUEST = `static void guest_code(void)
{
	GUEST_SYNC(0);
}
`;

const has_access = (needs: Needs): boolean =>
  (['read', 'write', 'exec', 'clear_gpte_dirty'] as const).some((kind) => needs.has(kind));

/** The guest's code. */
export function guest_code(needs: Needs, library: Library): string {
  const { stack_argument } = library;
  const nested = needs.has('nested');
  if (!has_access(needs)) return IDLE_GUEST;
  const types = [
    when(needs.has('read'), '\tGUEST_READ,\n'),
    when(needs.has('write'), '\tGUEST_WRITE,\n'),
    when(needs.has('exec'), '\tGUEST_EXEC,\n'),
    when(needs.has('clear_gpte_dirty'), '\tL1_CLEAR_DIRTY,\n'),
  ].join('');
  return `enum access_type {
${types}};

/* What the guest does next. The test writes it before it runs the vCPU. */
static struct {
	enum access_type type;
	u64 gva;
${when(nested, '\tbool in_l2;\n')}} next;

static void do_access(void)
{
	switch (next.type) {
${when(
  needs.has('read'),
  `
	case GUEST_READ:
		READ_ONCE(*(u64 *)(next.gva + DATA_OFFSET));
		break;
`,
)}${when(
  needs.has('write'),
  `
	case GUEST_WRITE:
		WRITE_ONCE(*(u64 *)(next.gva + DATA_OFFSET), 0);
		break;
`,
)}${when(
  needs.has('exec'),
  `
	case GUEST_EXEC:
		((void (*)(void))next.gva)();
		break;
`,
)}${when(
  needs.has('clear_gpte_dirty'),
  `
	case L1_CLEAR_DIRTY:
		/* Four bytes: KVM emulates the write, as it shadows the table. */
		WRITE_ONCE(*(u32 *)next.gva,
			   READ_ONCE(*(u32 *)next.gva) & ~gpte_dirty);
		break;
`,
)}	}
}
${
  nested
    ? nested_code(stack_argument)
    : `
static void guest_code(void)
{
	for (;;) {
		GUEST_SYNC(0);
		do_access();
	}
}
`
}`;
}

/** L1 that runs a guest of its own, on AMD and on Intel. */
function nested_code(stack_argument: boolean): string {
  const stack = stack_argument ? '\n\tunsigned long l2_stack[64];' : '';
  const top = (data: string) => (stack_argument ? '&l2_stack[64]' : `${data}->stack`);
  const given = stack_argument ? ', &l2_stack[64]' : '';
  return `
static void l2_svm_code(void)
{
	do_access();
	vmmcall();
}

static void l1_svm_code(struct svm_test_data *svm)
{
	struct vmcb *vmcb = svm->vmcb;${stack}

	generic_svm_setup(svm, l2_svm_code${given});

	for (;;) {
		GUEST_SYNC(0);

		if (!next.in_l2) {
			do_access();
			continue;
		}

		vmcb->save.rip = (u64)l2_svm_code;
		vmcb->save.rsp = (u64)${top('svm')};
		run_guest(vmcb, svm->vmcb_gpa);
		GUEST_ASSERT_EQ(vmcb->control.exit_code, SVM_EXIT_VMMCALL);
	}
}

static void l2_vmx_code(void)
{
	do_access();
	vmcall();
}

static void l1_vmx_code(struct vmx_pages *vmx)
{
	bool launched = false;${stack}

	GUEST_ASSERT(prepare_for_vmx_operation(vmx));
	GUEST_ASSERT(load_vmcs(vmx));
	GUEST_ASSERT(ept_1g_pages_supported());
	prepare_vmcs(vmx, l2_vmx_code${given});

	for (;;) {
		GUEST_SYNC(0);

		if (!next.in_l2) {
			do_access();
			continue;
		}

		vmwrite(GUEST_RIP, (u64)l2_vmx_code);
		vmwrite(GUEST_RSP, (u64)${top('vmx')});
		GUEST_ASSERT(!(launched ? vmresume() : vmlaunch()));
		GUEST_ASSERT_EQ(vmreadz(VM_EXIT_REASON), EXIT_REASON_VMCALL);
		launched = true;
	}
}

static void guest_code(void *nested_data)
{
	if (this_cpu_has(X86_FEATURE_VMX))
		l1_vmx_code(nested_data);
	else
		l1_svm_code(nested_data);
}
`;
}

/** How the test makes the guest do something. */
export function guest_calls(needs: Needs): string {
  const nested = needs.has('nested');
  const run = needs.has('mmio')
    ? `
	/* Outside of all slots: nothing answers, and the guest goes on. */
	do {
		vcpu_run(vcpu);
	} while (vcpu->run->exit_reason == KVM_EXIT_MMIO);
`
    : '\n\tvcpu_run(vcpu);\n';
  return `
static void run_vcpu(struct kvm_vcpu *vcpu)
{
	struct ucall uc;
${run}
	switch (get_ucall(vcpu, &uc)) {
	case UCALL_SYNC:
		break;
	case UCALL_ABORT:
		REPORT_GUEST_ASSERT(uc);
		break;
	default:
		TEST_FAIL("Unexpected exit: %u", vcpu->run->exit_reason);
	}
}
${when(
  has_access(needs),
  nested
    ? `

static void guest_access(struct kvm_vcpu *vcpu, enum access_type type, u64 gpa, bool in_l2)
{
	next.type = type;
	next.gva = gpa;
	next.in_l2 = in_l2;
	sync_global_to_guest(vm, next);
	run_vcpu(vcpu);
}
${when(
  needs.has('l1_access'),
  `

static void l1_access(struct kvm_vcpu *vcpu, enum access_type type, u64 gpa)
{
	guest_access(vcpu, type, gpa, false);
}
`,
)}${when(
  needs.has('l2_access'),
  `

static void l2_access(struct kvm_vcpu *vcpu, enum access_type type, u64 gpa)
{
	guest_access(vcpu, type, gpa, true);
}
`,
)}`
    : `

static void guest_access(struct kvm_vcpu *vcpu, enum access_type type, u64 gpa)
{
	next.type = type;
	next.gva = gpa;
	sync_global_to_guest(vm, next);
	run_vcpu(vcpu);
}
`,
)}`;
}
