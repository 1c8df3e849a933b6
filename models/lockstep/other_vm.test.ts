/** Two VMs: they share the module's parameters, and what goes wrong in the second is found as in the first. */

import { PROPERTIES, SUITE } from '../../bin/kvm/suite';
import { known } from '../../harness/errors';
import { parse_program } from '../../harness/program/text';
import { run } from '../../harness/run/run';
import { COMMANDS, VARIANTS } from '../catalogue/catalogue';
import { unaccount_nx_huge_page } from '../kernel/nx_huge_pages';
import type { KernelOps } from '../kernel/ops';
import { SMALL_WORLD } from '../world/world';
import { start_session } from './session';

/** Each of these faults changes what is mapped. The tests ask which other properties it violates. */
const ASKED = [...PROPERTIES.values()].filter(({ name }) => name !== 'mapped-as-the-reference-has-it');

/** The first violation and its step; null if there is none. */
function verdict(program: readonly string[], kernel: Partial<KernelOps> = {}, base = 'v6.18'): string | null {
  const variant = known('variant', base, VARIANTS);
  const session = start_session({ ...variant, ops: { ...variant.ops, ...kernel } }, SMALL_WORLD);
  const [found] = run(session, parse_program(COMMANDS, SUITE.bounds, program), ASKED);
  return found ? `${found.property} after ${program[found.step]}: ${found.breach.got}` : null;
}

const FORGETS: Partial<KernelOps> = { vm_list: (kvm) => [kvm] };
const EXEC = 'other_vm do=exec';

test.each([
  [
    'a toggle that forgets the other VM',
    [EXEC, 'nx_huge_pages on=0'],
    FORGETS,
    'toggling-drains-all-lists after nx_huge_pages on=0: second VM: 1 pages still listed',
  ],
  [
    'an executable huge page of the other VM that outlives the mitigation being switched on',
    ['nx_huge_pages on=0', EXEC, 'nx_huge_pages on=1'],
    FORGETS,
    'no-executable-huge-leaf after nx_huge_pages on=1: second VM: an executable huge leaf in the table for gfn 0',
  ],
  [
    'a worker of the other VM that is not woken',
    [EXEC, 'recovery_period ms=1000', 'wait until=due'],
    FORGETS,
    'passes-come-when-due after wait until=due: second VM: 0 passes',
  ],
  [
    'a worker that is woken before the other VM has run',
    ['guest_exec mmu=tdp page=0 offset=0', 'other_vm do=create', 'recovery_period ms=1000'],
    VARIANTS.get('B24')?.ops ?? {},
    'one-worker-for-each-vm after recovery_period ms=1000: second VM: the kernel wakes a worker that does not exist',
  ],
  [
    'lists of the other VM that are spoilt',
    [EXEC],
    {
      tdp_mmu_account(kvm, sp) {
        kvm.ops.account_nx_huge_page(kvm, sp, true);
        if (kvm.world.vcpus === 1) (kvm.lists[0] ?? { nr_pages: 0 }).nr_pages++;
      },
    },
    'counters-match-list-length after other_vm do=exec: second VM: possible_nx_huge_pages[KVM_SHADOW_MMU] counts',
  ],
  [
    'a worker that outlives the other VM',
    [EXEC, 'other_vm do=destroy'],
    { kvm_mmu_pre_destroy_vm() {} },
    'one-worker-for-each-vm after other_vm do=destroy: the worker outlives its VM',
  ],
  [
    'a list changed without mmu_lock while the other VM ends',
    [EXEC, 'other_vm do=destroy'],
    {
      kvm_mmu_pre_destroy_vm(kvm) {
        kvm.worker.alive = false;
        for (const sp of kvm.sps) unaccount_nx_huge_page(kvm, sp);
      },
    },
    'locks-are-held after other_vm do=destroy: the list of NX-split pages is changed under no lock',
  ],
])('%s is found', (_, program, kernel, found) => {
  expect(verdict(program)).toBeNull();
  expect(verdict(program, kernel)).toContain(found);
});

test('never is refused while there is another VM', () => {
  const program = [EXEC, 'destroy_vm never=1', 'nx_huge_pages on=0', 'other_vm do=destroy', 'destroy_vm never=1', EXEC];
  for (const baseline of ['v5.5', 'v6.2', 'v6.4', 'v6.18']) expect(verdict(program, {}, baseline)).toBeNull();
  expect(verdict(program, { has_never: false })).toBe(
    'parameters-are-taken-or-refused after destroy_vm never=1: the write returned 0',
  );
});
