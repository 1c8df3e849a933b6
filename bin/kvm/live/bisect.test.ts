/** Verdicts for `git bisect run`, with models in the place of kernels. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse_program } from '../../../harness/program/text';
import { bounds_of, COMMANDS, VARIANTS } from '../../../models/catalogue/catalogue';
import type { Variant } from '../../../models/catalogue/variant';
import { model_machine } from '../../../models/live/model_machine';
import { type Run, run_live, target_of } from '../../../models/live/target';
import { LIVE_WORLD } from '../../../models/world/world';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { bisect_code } from '../../process/exit_code';
import { program } from '../../tests/implementation.fixture';
import { call } from '../../tests/terminal.fixture';
import { verdict_of } from './bisect';

const B30 = parse_program(COMMANDS, bounds_of(LIVE_WORLD), [
  'guest_exec mmu=tdp page=0 offset=0',
  'recover ratio=1',
  'guest_exec mmu=shadow page=0 offset=0',
  'recover ratio=1',
]);

async function run_on(name: string): Promise<Run> {
  const machine = model_machine(VARIANTS.get(name) as Variant);
  return run_live(target_of({ ...machine, hello: { ...machine.hello, version: '7.3.4' } }, LIVE_CLAIMS, 'v6.18'), B30);
}

test('bad: the program breaks the property each time, or whatever the base does not break', async () => {
  const run = await run_on('linux-7.3');
  const bad = [run, run, run];
  const { verdict, why } = verdict_of(bad, 'passes-take-their-share', []);
  expect([verdict, why]).toEqual(['bad', expect.stringContaining('passes-take-their-share, at command 4: got ')]);
  expect(verdict_of(bad, null, []).verdict).toBe('bad');
  expect(verdict_of(bad, null, ['to-zap-nonzero-when-splits-exist']).verdict).toBe('bad');
});

test('good: nothing is broken, or only what the base breaks, too, or only other properties', async () => {
  const [good, bad] = [await run_on('linux-7.3-b30-fixed'), await run_on('linux-7.3')];
  expect(verdict_of([good, good, good], null, []).verdict).toBe('good');
  expect(verdict_of([bad, bad, bad], 'huge-pages-return', []).verdict).toBe('good');
  const broken = bad.found.map(({ property }) => property);
  expect(verdict_of([bad, bad, bad], null, broken).verdict).toBe('good');
});

test('skip: what is not always so, what was not done, what could not be run', async () => {
  const [good, bad] = [await run_on('linux-7.3-b30-fixed'), await run_on('linux-7.3')];
  const told = (runs: readonly Run[]) => Object.values(verdict_of(runs, null, [])).join(': ');
  expect(told([bad, good, bad])).toBe('skip: broken in 2 of 3 runs');
  expect(told([{ ...good, skipped: ['no nested guest'] }, good, good])).toContain('skip: this kernel cannot do all');
  expect(told([{ ...good, unusable: 'no huge page' }, good, good])).toContain('skip: the program could not be run');
  expect(told([{ ...good, undecided: 1 }, good, good])).toContain('skip: ');
  const died = { ...good, answer: { ...good.answer, death: { how: 'the kernel hangs', console: [] } } };
  expect(told([died, good, good])).toContain(
    'skip: the kernel did not come to the end of the program: the kernel hangs',
  );
});

test('git takes 2 to 127 for a bad kernel: none of them is left but 125', () => {
  expect([0, 1, 2, 3, 4, 125, 127, 128, 130, 141].map(bisect_code)).toEqual([
    0, 1, 128, 128, 128, 125, 128, 128, 130, 141,
  ]);
});

test.each([
  [['--bisect', '--kernel', 'debian:7.3'], '--bisect without --program'],
  [['--bisect', '--program', 'main:1', '--seed', 'x'], '--bisect and --seed: one or the other'],
  [['--bisect', '--program', 'main:1', '--json'], '--bisect and --json: one or the other'],
  [['--bisect', '--program', 'x.jsonl'], 'not for recorded ones'],
  [['--bisect', '--program', 'main:1', '--property', 'nothing'], 'no property "nothing"'],
  [['--bisect', '--program', 'main:1', '--property', 'huge-pages-return', '--base', 'x'], '--property and --base'],
  [['--program', 'main:1', '--property', 'huge-pages-return'], '--property without --bisect'],
])('live %j is a wrong call', async (words, told) => {
  const { code, err } = await call(['live', ...words]);
  expect(err.join('\n')).toContain(told);
  expect(code).toBe(2);
});

describe('the program itself', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bisect-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const code_of = (...words: string[]) =>
    spawnSync(process.execPath, [program, 'live', '--bisect', ...words], {
      encoding: 'utf8',
      env: { ...process.env, XDG_CACHE_HOME: folder },
    }).status;

  test('a wrong call ends the bisection', () => {
    expect(code_of()).toBe(128);
    expect(code_of('--nonsense')).toBe(128);
    expect(code_of('--program', 'main:1', '--kernel', join(folder, 'none'))).toBe(128);
  });

  const qemu = spawnSync('qemu-system-x86_64', ['--version']).error === undefined;
  const cc = spawnSync('cc', ['--version']).error === undefined;
  (qemu && cc ? test : test.skip)('a file that does not boot is skipped', () => {
    const file = join(folder, 'bzImage');
    const image = Buffer.alloc(100_000, 'no kernel');
    image.write('HdrS', 0x202);
    writeFileSync(file, image);
    expect(code_of('--program', 'main:1', '--kernel', file)).toBe(125);
  });
});
