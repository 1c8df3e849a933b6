/** Programs that baselines must hold, and did not once: what was wrong was the reference. */
import { unmet } from '../harness/expectation';
import { lock, nx_huge_pages, type Task } from '../models/api';
import type { Kvm } from '../models/kernel/types';
import { TEST_BED } from './expectation';

test("a nested guest's write to a huge leaf that logging has write-protected is a fault: no flood", () => {
  const program = [
    'guest_write mmu=shadow page=4 offset=0',
    'dirty_log on=1',
    'dirty_log on=0',
    'clear_gpte_dirty mmu=shadow page=0',
    'guest_write mmu=shadow page=4 offset=0',
    'clear_gpte_dirty mmu=shadow page=8',
    'clear_gpte_dirty mmu=shadow page=4',
  ];
  const on = ['v5.10', 'v5.12', 'v5.16', 'v5.18', 'v6.18-without-tdp-mmu', 'v6.18', 'patch-v1-fixed'];
  expect(unmet(TEST_BED, { on, program, holds_but: [] })).toBeNull();
});

/** A pass that asks the list itself whether it is empty, and never runs_dry(); it stops early if there are fewer than `least` pages. */
function* own_pass(kvm: Kvm, ratio: number, least: number): Task {
  const frame = kvm.running;
  frame.invalid_list = [];
  frame.flush = false;
  lock.write_lock(kvm);
  lock.rcu_read_lock(kvm);
  const pass = nx_huge_pages.begin_list(kvm, 0, ratio);
  const listed = () => kvm.lists[0]?.nr_pages ?? 0;
  for (frame.left = pass.to_zap; frame.left > 0 && listed() >= least; frame.left--) {
    nx_huge_pages.zap_taken(kvm, nx_huge_pages.take_first(kvm, pass));
    if (!(yield 'need_resched')) continue;
    kvm.ops.recovery_cond_resched(kvm);
    yield 'lock_dropped';
    lock.write_lock(kvm);
    lock.rcu_read_lock(kvm);
  }
  kvm.ops.finish_pass(kvm);
}

test('a pass may stop at a list that others have emptied, however it sees that; not before', () => {
  const program = [
    'guest_exec mmu=tdp page=0 offset=0',
    'guest_exec mmu=tdp page=1 offset=0',
    'guest_exec mmu=tdp page=2 offset=0',
    'recover ratio=1 pause=1',
    'nx_huge_pages on=0',
    'resume thread=worker',
  ];
  const on = ['v6.1'];
  const pass = (least: number) => ({
    kernel: { recover_nx_huge_pages: (kvm: Kvm, ratio: number) => own_pass(kvm, ratio, least) },
  });
  expect(unmet(TEST_BED, { on, program, holds_but: [], ...pass(1) })).toBeNull();
  expect(
    unmet(TEST_BED, { on, program: program.slice(0, 3).concat('recover ratio=1'), holds_but: [], ...pass(2) }),
  ).toContain('passes-take-their-share');
});
