/** Programs that baselines must hold, and did not once: what was wrong was the reference. */
import { unmet } from '../harness/expectation';
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
