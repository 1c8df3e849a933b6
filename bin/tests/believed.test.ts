/** A run that did less than it was asked for is not believed, whoever says that all is well. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check_command, note_work } from '../../harness/cli/check';
import { type CliCommand, run_cli } from '../../harness/cli/cli';
import { explore_command } from '../../harness/cli/explore';
import { new_ledger } from '../../harness/cli/ledger';
import { matrix_command } from '../../harness/cli/matrix';
import { replay_command } from '../../harness/cli/replay';
import { type Pool, this_thread } from '../../harness/pool/pool';
import type { Suite } from '../../harness/suite';
import type { View } from '../../models/lockstep/session';
import { SUITE } from '../kvm/suite';

const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A call on this suite, by threads that say what they like. */
async function call(argv: readonly string[], suite: Suite<View>, lies: (answer: never, kind: string) => unknown) {
  const err: string[] = [];
  const out: string[] = [];
  const honest = this_thread(SUITE, () => 0);
  const pool: Pool = {
    ...honest,
    ask: async (job) => {
      return lies((await honest.ask(job)) as never, job.kind) as Awaited<ReturnType<typeof honest.ask<typeof job>>>;
    },
  };
  const open = async () => ({ suite, new_pool: () => pool, own: null });
  const commands = new Map<string, CliCommand>([
    ['check', check_command(open)],
    ['explore', explore_command(open)],
    ['matrix', matrix_command(open)],
    ['replay', replay_command(open)],
  ]);
  const terminal = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
    progress: () => {},
    now: () => 0,
    env: {},
    signal: new AbortController().signal,
  };
  return { code: await run_cli(commands, argv, terminal), err, out };
}

const honest = (answer: never) => answer;
const check = ['check', 'v6.18', '--cases', '10', '--seed', 's'];
const few = { ...SUITE, regressions: folder };

test('there are no regressions to be replayed', async () => {
  const { code, err } = await call(check, few, honest);
  expect(err).toEqual([expect.stringMatching(/^NOT DONE, .*: 0 of 0 regressions$/)]);
  expect(code).toBe(3);
});

test.each<[string, (result: { programs: number }) => unknown]>([
  ['none of the programs were run', (result) => ({ ...result, programs: 0, commands: 0 })],
  ['all but one', (result) => ({ ...result, programs: result.programs - 1 })],
  ['more than there are', (result) => ({ ...result, programs: result.programs + 1 })],
])('threads say that %s', async (_, lie) => {
  const { code, err, out } = await call(check, SUITE, (answer, kind) => {
    if (kind !== 'shard') return answer;
    const results = Object.entries(answer as Record<string, { programs: number }>);
    return Object.fromEntries(results.map(([name, result]) => [name, lie(result)]));
  });
  // Of no program at all the report says itself that nothing was tried.
  const empty = out.some((line) => line.includes('nothing was tried'));
  if (!empty) expect(err.join()).toMatch(/NOT DONE, .*: \d+ of 10 programs on v6.18/);
  expect(code).toBe(empty ? 1 : 3);
});

test('an exhaustive search that has made no transition', async () => {
  const argv = ['explore', 'v6.18', '--depth', '1'];
  const { code, err } = await call(argv, SUITE, (answer, kind) =>
    kind === 'expand' ? { ...(answer as object), transitions: 0 } : answer,
  );
  expect(err).toEqual([expect.stringMatching(/^NOT DONE, .*: 0 of 1 variants$/)]);
  expect(code).toBe(3);
  expect((await call(argv, SUITE, honest)).code).toBe(0);
});

test.each([
  ['all were run', 10, null, 10, []],
  ['one was not', 9, null, 10, ['9 of 10 programs on V']],
  ['one never ended, and other threads had come further', 9, 5, 10, []],
  ['there was a time', 7, null, Number.MAX_SAFE_INTEGER, []],
  ['there was a time, and it was too short', 0, null, Number.MAX_SAFE_INTEGER, ['0 of 1 programs on V']],
])('of the programs of a campaign %s', (_, programs, hang, cases, missing) => {
  const ledger = new_ledger();
  ledger.ask('variants', 1);
  note_work(ledger, { variant: 'V', programs, hang }, cases);
  expect(ledger.missing()).toEqual(missing);
});
