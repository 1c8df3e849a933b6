/** Whoever prints a counterexample runs nothing: an implementation may hang, or do something else by now. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prove } from '../../harness/campaign/search';
import type { Call, Context } from '../../harness/cli/cli';
import { by_program, counterexample_report } from '../../harness/cli/counterexample_report';
import { type Explored, exploration_report } from '../../harness/cli/explore_report';
import { NO_JOURNAL } from '../../harness/cli/journal';
import { new_ledger } from '../../harness/cli/ledger';
import { replay_command } from '../../harness/cli/replay';
import { explore_all } from '../../harness/explore/exploration';
import { this_thread } from '../../harness/pool/pool';
import type { Suite } from '../../harness/suite';
import type { View } from '../../models/lockstep/session';
import { SUITE } from '../kvm/suite';

const run_nothing = (): never => {
  throw new Error('a program is run while a report is printed');
};
const IDLE: Suite<View> = { ...SUITE, start: run_nothing, state_space: run_nothing };
const pool = this_thread(SUITE, () => 0);

/** Of case 6 of seed `main`, where what is paused decides. */
const of_b12 = () => {
  const broken = ['listed-pages-are-flagged-and-live', 'pages-are-published-in-order', 'stat-equals-splits'];
  const cases = new Map(broken.map((name) => [name, 6]));
  return prove(SUITE, pool, 'B12', 'main', cases, 1_000_000);
};

test('the counterexample_report of a counterexample is there before it is printed; what paused commands do at the end is a row', async () => {
  const found = await of_b12();
  const lines = by_program(IDLE, found).flatMap((same) => counterexample_report(IDLE, same));
  const table = lines.slice(0, lines.indexOf('')).map((line) => line.replace(/ +/g, ' '));
  expect(table.at(-1)).toBe('end ! (paused commands end) 3 ! 3 3 ! 2 split 4K');
  expect(table.filter((line) => /^\d/.test(line))).toEqual([
    '1 dirty_log on=1 slot=1 0 0 0 0 split',
    '2 dirty_log on=0 slot=1 pause=1 0 0 0 split',
    expect.stringMatching(/^3 guest_exec mmu=tdp page=8 offset=0( pause=1)? 0 0 0 split$/),
  ]);
  for (const step of [1, 2, 3]) expect(lines).toContain(`without ${step}  holds`);
  expect(lines.join('\n')).toMatch(/3 +┆ paused, holds slots_lock +│ guest_exec mmu=tdp page=8/);
  expect(lines).toContain('got     nx_lpage_splits 3');
});

test('a program that breaks something before what is paused has ended has no such row', async () => {
  const found = await prove(SUITE, pool, 'V1', 'main', new Map([['to-zap-nonzero-when-splits-exist', 0]]), 1_000_000);
  const [same = []] = by_program(IDLE, found);
  const lines = counterexample_report(IDLE, same);
  expect(lines.filter((line) => /^(\d|end|without|broken)/.test(line))).toEqual([
    expect.stringMatching(/^1 +guest_exec mmu=tdp page=0 offset=0 /),
    expect.stringMatching(/^2 ! +recover ratio=1 .* 0 \+ 0 !/),
    '0 in all rows: listed shadow, counter shadow, taken',
    expect.stringMatching(/^without 1 {2}holds: listed tdp 0/),
    'without 2  holds',
    expect.stringMatching(/^broken {2}to-zap-nonzero-when-splits-exist, at command 2: /),
  ]);
});

test('explore', async () => {
  const asked = { variant: 'V1', depth: 2, pauses: 0, only: SUITE.core };
  const never = { states: 100_000, symmetry: 0, before_depth: () => null, progress: () => {} };
  const covered = await explore_all(SUITE, pool, { ...asked, ...never });
  const told = { seconds: 0, plain: null, violates: [], unexpected: [], missing: [], refused: null, as_expected: true };
  const explored: Explored = { ...asked, covered, ...told };
  expect(exploration_report(IDLE, explored).join('\n')).toMatch(
    /recover ratio=1 .*0 \+ 0 !(.|\n)*without 2 {2}holds\n/,
  );
});

describe('replay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rendering-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('prints what was seen in the thread that ran it', async () => {
    const file = join(folder, 'program.txt');
    writeFileSync(file, ['dirty_log on=1 slot=1', 'dirty_log on=0 slot=1 pause=1'].join('\n'));
    const context: Context<View> = { suite: IDLE, new_pool: () => pool, own: null };
    const call: Call = { words: [file], flag: () => false, text: (name) => (name === 'variant' ? 'B12' : undefined) };
    const out: string[] = [];
    const { signal } = new AbortController();
    const terminal = {
      out: (line: string) => void out.push(line),
      err() {},
      progress() {},
      now: () => 0,
      env: {},
      signal,
    };
    expect(await replay_command(async () => context).run(call, terminal, new_ledger(), NO_JOURNAL)).toBe(0);
    expect(out).toEqual([
      expect.stringMatching(/^ +command .* reference says$/),
      expect.stringMatching(/^1 {2}dirty_log on=1 slot=1 /),
      expect.stringMatching(/^2 {2}dirty_log on=0 slot=1 pause=1 /),
      '0 in all rows: listed, counter, stat',
      ...['', expect.stringMatching(/^threads: /), expect.stringMatching(/^ +memslots$/)],
      '1  │ dirty_log on=1 slot=1',
      '2  │ dirty_log on=0 slot=1 pause=1',
      '   ┆ stops at slots_swapped, holds slots_lock',
      '  slots_swapped: the new memslots are in effect, and what they require (zaps, write protection) is not done yet',
      '',
      `B12: ${file} breaks nothing`,
    ]);
  });
});
