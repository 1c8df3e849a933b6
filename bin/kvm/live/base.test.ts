import { sides_with } from '../../../harness/campaign/difference';
import { search_behind_port } from '../../../harness/campaign/port';
import { program_texts } from '../../../harness/program/text';
import { read_regressions } from '../../../harness/regression/regression';
import { COMMANDS, VARIANTS } from '../../../models/catalogue/catalogue';
import type { Variant } from '../../../models/catalogue/variant';
import { compared_kernels } from '../../../models/live/compared';
import type { Machine } from '../../../models/live/machine';
import { model_machine, predict } from '../../../models/live/model_machine';
import { target_of } from '../../../models/live/target';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { call } from '../../tests/terminal.fixture';
import { SUITE } from '../suite';
import { configuration_notes, names_of } from './base';

const machine = (name: string): Machine => model_machine(VARIANTS.get(name) as Variant);
const of_version = (of: Machine) =>
  target_of({ ...of, hello: { ...of.hello, version: '7.3.4' } }, LIVE_CLAIMS, 'v6.18');
const quiet = { stop: { aborted: false }, now: () => 0, progress: () => {}, record: () => {} };

const differences = (changed: Machine, base: Machine) =>
  search_behind_port(compared_kernels(of_version(changed), of_version(base)), {
    regressions: [],
    seed: 'base',
    cases: 40,
    ...quiet,
  });

test('a kernel and itself do not differ', async () => {
  const { findings, programs } = await differences(machine('linux-7.3'), machine('linux-7.3'));
  expect(findings).toEqual([]);
  expect(programs).toBe(40);
});

test('a fix shows as the only difference, shrunk, defects of both left aside', async () => {
  const { findings } = await differences(machine('linux-7.3-b30-fixed'), machine('linux-7.3'));
  expect(findings.length).toBeGreaterThan(0);
  // Every difference needs a pass: what B37 to B39 do, both do.
  for (const { program } of findings)
    expect(program_texts(COMMANDS, program).some((text) => /^(recover|wait)/.test(text))).toBe(true);
  expect(Math.min(...findings.map(({ program }) => program.length))).toBeLessThanOrEqual(5);
  expect(findings.some(({ ran }) => sides_with(ran) === 'changed')).toBe(true);
});

test('a pass that differs is one difference, whether it came by the clock or not', async () => {
  const base = VARIANTS.get('v6.18') as Variant;
  const rounds_down = { ...base, ops: { ...base.ops, to_zap: () => 0 } };
  const { findings } = await differences(model_machine(rounds_down), machine('v6.18'));
  expect(findings.map(({ property, program }) => [property, program_texts(COMMANDS, program).at(-1)])).toEqual([
    ['differs in nx_lpage_splits', 'recover ratio=1'],
  ]);
});

test('what differs only after more commands than those of a difference is no other one', async () => {
  const { findings } = await differences(machine('B15'), machine('v6.2'));
  expect(findings.map(({ property, program }) => [property, program.length])).toEqual([['differs in 4K', 3]]);
});

test('two builds of one release have two names', () => {
  expect(names_of('6.12.1', '6.12.1')).toEqual({ changed: '6.12.1 (changed)', base: '6.12.1 (base)' });
  expect(names_of('7.3.4', '6.12.1')).toEqual({ changed: '7.3.4', base: '6.12.1' });
});

test('what only the program of a regression shows is a difference', async () => {
  const kernels = compared_kernels(of_version(machine('B15')), of_version(machine('v6.2')));
  const regressions = read_regressions(SUITE).filter(({ name }) => name === 'pass-zaps-under-dirty-logging');
  const { findings } = await search_behind_port(kernels, { regressions, seed: 'base', cases: 0, ...quiet });
  expect(findings.map(({ property, case: index }) => [property, index])).toEqual([['differs in 4K', null]]);
});

/** Warns whenever a slot is deleted. */
const warning = (text: string): Machine => ({
  ...machine('v6.18'),
  async run(world, program) {
    const answer = predict(VARIANTS.get('v6.18') as Variant, world, program);
    const steps = answer.steps.map((one, i) => (program[i]?.name === 'delete_slot' ? { ...one, log: [text] } : one));
    return { ...answer, steps };
  },
});

test('a warning of both is no difference, wherever their builds have its line', async () => {
  const at = 'arch/x86/kvm/mmu/mmu.c';
  const { findings } = await differences(
    warning(`WARNING: CPU: 0 PID: * at /tmp/${at}:7578 kvm_nx_huge_page_recovery_worker+0x3ab/0x3e0 [kvm]`),
    warning(`WARNING: ${at}:7938 at kvm_nx_huge_page_recovery_worker+0x1f/0x2e0 [kvm], CPU#0: kvm-nx-lpage-re/*`),
  );
  expect(findings).toEqual([]);
});

test('a warning at another function is a difference', async () => {
  const [one, other] = ['make_spte', 'mmu_set_spte'].map((called) =>
    warning(`WARNING: CPU: 0 PID: * at mmu.c:1 ${called}+0x1/0x2 [kvm]`),
  ) as [Machine, Machine];
  const { findings } = await differences(one, other);
  expect(findings.map(({ found }) => found.breach)).toEqual([
    { got: 'log WARNING: make_spte in mmu.c', want: 'log WARNING: mmu_set_spte in mmu.c' },
  ]);
});

test('a warning of one of the two is a difference', async () => {
  const { findings } = await differences(warning('WARNING: CPU: 0 PID: 1'), machine('v6.18'));
  expect(findings.map(({ property, program }) => [property, program.length])).toEqual([['differs in log', 1]]);
});

test('what one of the two cannot do is compared up to there', async () => {
  const cannot: Machine = {
    ...machine('v6.18'),
    run: async (world, program) =>
      predict(VARIANTS.get('v6.18') as Variant, world, program, (step) => program[step]?.name === 'move_slot'),
  };
  const { findings } = await differences(cannot, machine('v6.18'));
  expect(findings).toEqual([]);
});

test('kernels of other configurations: what differs, and what is left out', () => {
  const { hello } = machine('v6.18');
  expect(configuration_notes(hello, hello)).toEqual([]);
  const notes = configuration_notes(hello, { ...hello, tdp_mmu: false, nested: false, params: 'ratio=30' });
  expect(notes).toEqual([
    expect.stringContaining('no TDP MMU'),
    expect.stringContaining('cannot run nested guests'),
    expect.stringContaining('parameters differ: none: a model; base: ratio=30'),
  ]);
});

test.each([
  [['--base', 'debian:6.1', '--program', 'x'], '--base and --program: '],
  [['--base', 'debian:6.1', '--all'], '--base and --all: '],
  [['--base-modules', '/tmp'], '--base-modules without --base'],
])('live --kernel debian:7.3 %j: %s', async (words, told) => {
  const { code, err } = await call(['live', '--kernel', 'debian:7.3', ...words]);
  expect(err.join('\n')).toContain(told);
  expect(code).toBe(2);
});
