/** Programs as selftests: what is expected in them, and what they are made of. Whether they compile, `.ci/run` says. */
import { parse_program } from '../../harness/program/text';
import { bounds_of, COMMANDS, VARIANTS } from '../catalogue/catalogue';
import type { Variant } from '../catalogue/variant';
import { predict } from '../live/model_machine';
import { live_programs } from '../live/programs';
import { LIVE_WORLD } from '../world/world';
import { scaled_periods } from './clock';
import { expected_steps } from './expected';
import { NEWEST_LIBRARY } from './library';
import { makes_no_pass } from './refused';
import { selftest_text, steps_of } from './selftest';

const variant = (name: string): Variant => VARIANTS.get(name) as Variant;
const program_of = (...texts: string[]) => parse_program(COMMANDS, bounds_of(LIVE_WORLD), texts);
const expected = (contract: string, ...texts: string[]) =>
  expected_steps(variant(contract).contract, LIVE_WORLD, program_of(...texts), makes_no_pass);
const text_of = (...texts: string[]) =>
  selftest_text({
    name: 'nx_test',
    title: 'NX huge pages',
    about: 'Nothing in particular.',
    program: program_of(...texts),
    contract: variant('v6.18').contract,
    contract_name: 'v6.18',
    world: LIVE_WORLD,
    library: NEWEST_LIBRARY,
    leaves_out: false,
  });
/** The statements of main() from the first command on. */
const statements = (text: string): string[] =>
  (text.split(/\tcreate_vm\(.*\);\n\n/).at(-1) ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('/*'));

const BOTH = { tdp_mmu: true, nested: true, giant: false };

test.each(['v6.1', 'v6.4', 'v6.18'])('%s: what is expected is what a kernel without defects shows', (name) => {
  const { contract } = variant(name);
  const { draw } = live_programs(contract, BOTH);
  let [compared, open] = [0, 0];
  for (let i = 0; i < 60; i++) {
    const program = draw('export', i);
    const steps = expected_steps(contract, LIVE_WORLD, program, makes_no_pass);
    const shown = predict(variant(name), LIVE_WORLD, program, (step) => steps[step]?.skipped !== null);
    let flushes = shown.start.stats?.remote_tlb_flush_requests ?? 0;
    for (const [step, { after }] of steps.entries()) {
      const stats = shown.steps[step]?.stats;
      if (!stats) continue;
      const { splits, pages_2m, flushed } = after;
      expect([splits ?? stats.nx_lpage_splits, pages_2m ?? stats.pages_2m]).toEqual([
        stats.nx_lpage_splits,
        stats.pages_2m,
      ]);
      if (flushed !== null) expect(stats.remote_tlb_flush_requests > flushes).toBe(flushed);
      flushes = stats.remote_tlb_flush_requests;
      if (splits === null || pages_2m === null) open++;
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(1000);
  expect(open / compared).toBeLessThan(0.2);
});

test('the same program, expected otherwise of a kernel with another contract', () => {
  const program = ['guest_exec mmu=tdp page=0 offset=0', 'dirty_log on=1', 'recover ratio=1', 'dirty_log on=0'];
  const all = ['v6.1', 'v6.18'].map((name) => expected(name, ...program).map(({ after }) => after.pages_2m));
  // 6.18 keeps the table, and makes a huge page of it where logging stops.
  expect(all).toEqual([
    [0, 0, 0, 0],
    [0, 0, 0, 1],
  ]);
});

test('where a pass may choose, what follows from the choice is left open', () => {
  const steps = expected(
    'v6.18',
    'guest_read mmu=tdp page=0 offset=0',
    'guest_exec mmu=tdp page=0 offset=0',
    'guest_exec mmu=tdp page=1 offset=0',
    'recover ratio=2',
    'guest_read mmu=tdp page=0 offset=0',
    'recover ratio=1',
  );
  expect(steps.map(({ after }) => [after.splits, after.pages_2m])).toEqual([
    [0, 1],
    [1, 0],
    [2, 0],
    [1, 0],
    [1, null],
    [0, null],
  ]);
});

test('whether the tables of a slot go with it is left open, where its leaves alone must go', () => {
  const program = ['destroy_vm slot_zap_all=0', 'guest_exec mmu=tdp page=0 offset=0', 'delete_slot'];
  const steps = expected('v6.18', ...program);
  expect(steps.map(({ after }) => after.splits)).toEqual([0, 1, null]);
});

test('a pass that takes something flushes; one without splits does not', () => {
  const steps = expected('v6.18', 'guest_exec mmu=tdp page=0 offset=0', 'recover ratio=1', 'recover ratio=1');
  expect(steps.map(({ after }) => after.flushed)).toEqual([null, true, false]);
});

test('B30: two splits, one after the other, and both are recovered', () => {
  const text = text_of(
    'guest_exec mmu=tdp page=0 offset=0',
    'recover ratio=1',
    'guest_exec mmu=shadow page=0 offset=0',
    'recover ratio=1',
  );
  expect(statements(text).slice(0, -3)).toEqual([
    'l1_access(vcpus[0], GUEST_EXEC, GPA(0, 0));',
    'check("guest_exec mmu=tdp page=0 offset=0", 1, 0);',
    'recover(1);',
    'check_pass("recover ratio=1", 0, 0, true);',
    'l2_access(vcpus[0], GUEST_EXEC, GPA(0, 0));',
    'check("guest_exec mmu=shadow page=0 offset=0", 1, 0);',
    'recover(1);',
    'check_pass("recover ratio=1", 0, 0, true);',
  ]);
  expect(text).toContain('ksft_set_plan(4);');
  expect(text).toMatch(/^\/\/ SPDX-License-Identifier: GPL-2.0-only OR MIT\n/);
});

test('each command becomes what userspace does for it', () => {
  const text = text_of(
    'guest_write mmu=tdp page=1 offset=3 vcpu=1',
    'dirty_log on=1',
    'clear_dirty_log size=4k page=1 offset=70',
    'clear_dirty_log size=2m page=1 offset=0',
    'clear_dirty_log size=slot page=1 offset=0',
    'invalidate page=2',
    'invalidate_4k page=2 offset=9',
    'move_slot to=away',
    'recreate_slot',
    'delete_slot',
    'delete_slot',
    'guest_read mmu=tdp page=2 offset=0',
    'create_slot backing=4k',
    'nx_huge_pages on=0',
    'recover ratio=1',
    'destroy_vm slot_zap_all=0 dirty_log=manual',
  );
  expect(statements(text).filter((line) => !line.startsWith('check'))).toEqual([
    'guest_access(vcpus[1], GUEST_WRITE, GPA(1, 3));',
    'set_dirty_logging(&slots[0], true);',
    'clear_dirty_log(&slots[0], 1 * 512 + 70, 1);',
    'clear_dirty_log(&slots[0], 1 * 512, 512);',
    'clear_dirty_log(&slots[0], 0, 8 * 512);',
    'invalidate_region(&slots[0], 2);',
    'invalidate_page(&slots[0], 2, 9);',
    'move_slot(&slots[0], GPA(16, 0));',
    'recreate_slot(&slots[0], GPA(0, 0));',
    'delete_slot(&slots[0]);',
    'guest_access(vcpus[0], GUEST_READ, GPA(2, 0));',
    'create_slot(&slots[0], GPA(0, 0), false);',
    'write_param(NX_HUGE_PAGES, "off");',
    'ksft_test_result_skip("recover ratio=1\\n");',
    'kvm_vm_free(vm);',
    'create_vm(KVM_X86_QUIRK_SLOT_ZAP_ALL, KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE);',
    'kvm_vm_free(vm);',
    'ksft_finished();',
    '}',
  ]);
  // Outside of all slots.
  expect(text).toContain('KVM_EXIT_MMIO');
});

test('a minute of the program is seconds of the test, and what was due stays due', () => {
  const program = [
    'guest_exec mmu=tdp page=0 offset=0',
    'wait until=before_due',
    'recovery_period ms=1000',
    'wait until=due',
  ];
  const steps = expected('v6.18', ...program);
  expect([...scaled_periods(steps)]).toEqual([
    [1000, 2000],
    [60_000, 8000],
  ]);
  const text = text_of(...program);
  expect(text).toContain('set_recovery(60, 8000);\n\tcreate_vm();');
  expect(statements(text).filter((line) => !/^(check|ksft|kvm|[}])/.test(line))).toEqual([
    'guest_access(vcpus[0], GUEST_EXEC, GPA(0, 0));',
    'sleep_until_just_before_pass();',
    'set_recovery(60, 2000);',
    'let_pass_happen();',
    'wait_for_pass();',
  ]);
});

test.each([
  ['guest_exec mmu=tdp page=0 offset=0 pause=1', 'in the middle of a command'],
  ['guest_exec mmu=smm page=0 offset=0', 'system management mode'],
  ['guest_exec mmu=shadow2 page=0 offset=0', 'one nested guest'],
  ['guest_exec mmu=tdp page=9 offset=0', 'fetches outside all slots'],
  ['create_slot backing=1g', 'page of 1G'],
  ['reclaim pages=1', 'cannot make KVM reclaim'],
  ['nr_mmu_pages pages=2', 'cannot make KVM reclaim'],
  ['kill_worker', "the test's own process"],
  ['signal', 'no moment'],
  ['destroy_vm exempt=1', 'KVM_CAP_VM_DISABLE_NX_HUGE_PAGES'],
  ['remap_entry mmu=shadow page=0 to=0 tracked=0', 'not written yet'],
  ['destroy_vm never=1', 'cannot be taken back'],
])('%s is refused, and the command is named', (command, why) => {
  expect(() => text_of('recover ratio=1', command)).toThrow(`command 2, ${command}: `);
  expect(() => text_of('recover ratio=1', command)).toThrow(why);
});

test('of a program that is drawn, what a test cannot do is left out on both sides', () => {
  const texts = ['guest_exec mmu=tdp page=0 offset=0', 'drop_roots vcpu=1', 'kill_worker', 'recover ratio=1'];
  const program = parse_program(COMMANDS, bounds_of(LIVE_WORLD), texts);
  const about = { name: 'nx_test', title: 'T', about: 'A.', contract_name: 'v6.18', library: NEWEST_LIBRARY };
  const exact = { contract: variant('v6.18').contract, world: LIVE_WORLD, program };
  const steps = steps_of({ ...about, ...exact, leaves_out: true });
  expect(steps.map(({ skipped }) => skipped?.split(' ')[0] ?? null)).toEqual([null, 'a', 'the', null]);
  // A worker that was killed would have made no pass.
  expect(steps.map(({ after }) => after.splits)).toEqual([1, 1, 1, 0]);
  const text = selftest_text({ ...about, ...exact, leaves_out: true });
  expect(text.match(/ksft_test_result_skip\("[^"]*/g)).toHaveLength(2);
  expect(() => steps_of({ ...about, ...exact, leaves_out: false })).toThrow('command 2, drop_roots vcpu=1: ');
});

test('a text has no trailing blanks, no double blank lines, and no line over 100 columns', () => {
  const { draw } = live_programs(variant('v6.18').contract, BOTH);
  for (let i = 0; i < 40; i++) {
    const about = { name: 'nx_test', title: 'T', about: 'A.', contract_name: 'v6.18', library: NEWEST_LIBRARY };
    const program = draw('text', i).filter(({ name }) => name !== 'guest_exec' || i % 2 === 0);
    const exact = { leaves_out: true, contract: variant('v6.18').contract, world: LIVE_WORLD };
    const text = selftest_text({ ...about, ...exact, program });
    expect(text).not.toMatch(/[ \t]\n|\n\n\n|\$\{|undefined|NaN/);
    for (const line of text.split('\n')) expect(line.replaceAll('\t', ' '.repeat(8)).length).toBeLessThanOrEqual(100);
  }
});
