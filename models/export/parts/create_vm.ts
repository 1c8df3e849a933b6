/** How a test creates its VM. */
import type { World } from '../../world/world';
import { type Needs, when } from './part';

/** `slots`: those of the world that the test has. */
export function create_vm(needs: Needs, world: World, slots: readonly number[], vcpus: number): string {
  const nested = needs.has('nested');
  const clears = needs.has('clear_gpte_dirty');
  const modes = needs.has('vm_modes');
  const passes = needs.has('recover') || needs.has('clock');
  const added = slots.map((slot, i) => {
    const { home, regions, backing } = world.slots[slot] ?? { home: 0, regions: 1, backing: '2m' };
    return `\tadd_slot(&slots[${i}], GPA(${home}, 0), ${regions}, ${backing === '4k' ? 'false' : 'true'});\n`;
  });
  return `${when(
    clears,
    `

/* L1 can write to the table of its guest's that has an entry for each 1G. */
static void map_nested_table(void)
{
	u64 table = vm->stage2_mmu.pgd;
	int level, index;

	for (level = vm->stage2_mmu.pgtable_levels; level > PG_LEVEL_1G; level--) {
		index = (MEM_GPA >> PG_LEVEL_SHIFT(level)) & 511;
		table = PTE_GET_PA(((u64 *)addr_gpa2hva(vm, table))[index]);
	}
	virt_map(vm, TABLE_GVA, table, 1);

	gpte_dirty = PTE_DIRTY_MASK(&vm->stage2_mmu);
	sync_global_to_guest(vm, gpte_dirty);
}

static void l1_clear_dirty(struct kvm_vcpu *vcpu, u64 gpa)
{
	guest_access(vcpu, L1_CLEAR_DIRTY, TABLE_GVA + gpa / PG_SIZE_1G * sizeof(u64), false);
}
`,
  )}${when(
    nested,
    `

/* L1 maps all memory for its guest, in pages of 1G. */
static void enable_nested(void)
{
	struct kvm_mmu *mmu;
	u64 nested_gva;
	int i;

	vm_enable_tdp(vm);

	/* Otherwise KVM would begin with a tree that cannot be written to. */
	mmu = &vm->stage2_mmu;
	mmu->arch.pte_masks.always_set |= PTE_ACCESSED_MASK(mmu) | PTE_DIRTY_MASK(mmu);
	tdp_identity_map_1g(vm, 0, 5 * PG_SIZE_1G);

	for (i = 0; i < ARRAY_SIZE(vcpus); i++) {
		if (kvm_cpu_has(X86_FEATURE_VMX))
			vcpu_alloc_vmx(vm, &nested_gva);
		else
			vcpu_alloc_svm(vm, &nested_gva);
		vcpu_args_set(vcpus[i], 1, nested_gva);
	}
${when(clears, '\n\n\tmap_nested_table();\n')}}
`,
  )}
static void create_vm(${modes ? 'u64 disabled_quirks, u64 dirty_log_flags' : 'void'})
{
	int i;

	vm = vm_create_with_vcpus(${vcpus === 1 ? '1' : 'ARRAY_SIZE(vcpus)'}, guest_code, vcpus);
${when(
  modes,
  `
	if (disabled_quirks)
		vm_enable_cap(vm, KVM_CAP_DISABLE_QUIRKS2, disabled_quirks);
	if (dirty_log_flags)
		vm_enable_cap(vm, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, dirty_log_flags);
`,
)}${when(nested, '\tenable_nested();\n')}
${added.join('')}	virt_map_level(vm, MEM_GPA, MEM_GPA, MEM_SIZE, PG_LEVEL_2M);

	/* Up to where the guest waits. The worker begins to exist. */
	for (i = 0; i < ARRAY_SIZE(vcpus); i++)
		run_vcpu(vcpus[i]);
${when(passes, '\tlast_pass = now_ms();\n')}}
`;
}
