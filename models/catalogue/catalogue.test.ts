import { COMMAND_ORDER, COMMANDS } from './catalogue';

/**
 * The order at the commit at which draws were first held to what they are. New commands come after these: put in between, they
 * would change the minimal programs of all regressions.
 */
const FIRST = [
  'clear_gpte_dirty',
  'create_slot',
  'delete_slot',
  'destroy_vm',
  'dirty_log',
  'guest_exec',
  'guest_read',
  'guest_write',
  'invalidate',
  'invalidate_4k',
  'kill_worker',
  'move_slot',
  'nr_mmu_pages',
  'nx_huge_pages',
  'other_vm',
  'reclaim',
  'recover',
  'recovery_period',
  'recovery_ratio',
  'recreate_slot',
  'resume',
  'signal',
  'wait',
];

test('the order of the commands is the declared one, and new commands come last', () => {
  expect([...COMMANDS.keys()]).toEqual(COMMAND_ORDER);
  expect(COMMAND_ORDER.slice(0, FIRST.length)).toEqual(FIRST);
});
