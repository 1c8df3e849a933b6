/** How fast this commit is beside another: the process that measures, and what is made of its figures. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comparison_lines, ratios, same_verdicts } from '../speed/against';
import type { Figures } from '../speed/driver';

const dist = join(__dirname, '..', '..', 'dist');
const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => rmSync(folder, { recursive: true }));
const node = (file: string, ...words: string[]) =>
  spawnSync(process.execPath, [join(dist, 'bin', file), ...words], { encoding: 'utf8' });
const driver = (...words: string[]) => node('speed/driver.js', dist, ...words);
const measured = (file: string, first: number): Figures => JSON.parse(driver('run', 'V1', file, String(first)).stdout);

test('draws programs, and runs them: what it finds depends on them alone', () => {
  const file = join(folder, 'programs.txt');
  const { stdout } = driver('draw', '6', 'a');
  expect(stdout.trimEnd().split('\n')).toHaveLength(6);
  expect(driver('draw', '6', 'a').stdout).toBe(stdout);
  expect(driver('draw', '6', 'b').stdout).not.toBe(stdout);
  writeFileSync(file, stdout);
  const figures = measured(file, 2);
  expect(figures.commands).toBe(stdout.split(/; |\n/).length - 1);
  for (const { cpu, wall } of [figures.loading, figures.warm_up, figures.steady, figures.drawing]) {
    expect(cpu).toBeGreaterThan(0);
    expect(wall).toBeGreaterThan(0);
  }
  expect(measured(file, 4).verdicts).toBe(figures.verdicts);
  writeFileSync(file, stdout.split('\n').reverse().slice(1).join('\n'));
  expect(measured(file, 2).verdicts).not.toBe(figures.verdicts);
}, 60_000);

const figures = (cpu: number, verdicts = 'x'): Figures => {
  const took = { cpu, wall: 2 * cpu };
  return { loading: took, warm_up: took, steady: took, drawing: took, commands: 100, verdicts };
};

test('ratios are taken round by round, and of those the median', () => {
  const compared = {
    commit: 'c0ffee',
    here: [1, 2, 4].map((n) => figures(n)),
    there: [4, 4, 4].map((n) => figures(n)),
  };
  expect(ratios(compared)[2]).toEqual({
    part: 'the others',
    unit: 'us a command',
    cpu: { here: 2, there: 4, ratio: 2, ratios: [1, 2, 4] },
    wall: { here: 4, there: 8, ratio: 2 },
  });
  const lines = comparison_lines(compared, { file: 'F', against: 'x', variant: 'V1', rounds: 3 });
  expect(lines[0]).toBe('100 commands of F on V1, 3 rounds in turn, medians');
  expect(lines.join('\n')).toMatch(/the others, us a command +4\.00 +2\.00 +2\.00 \(1\.00 to 4\.00\) +2\.00\n/);
  expect(lines.at(-1)).toMatch(/both find the same/);
  const other = { ...compared, there: [figures(1, 'y')] };
  expect(same_verdicts(other)).toBe(false);
  expect(comparison_lines(other, { file: 'F', against: 'x', variant: 'V1', rounds: 3 }).at(-1)).toMatch(/do NOT find/);
});

test.each<[string[], RegExp]>([
  [['--programs', 'x'], /^bench: --programs FILE and --against REV: both or neither\n$/],
  [['--against', 'HEAD'], /^bench: --programs FILE and --against REV: both or neither\n$/],
  [['--programs', 'x', '--against', 'nothing'], /^bench: no commit "nothing"/],
  [['--programs', folder, '--against', 'HEAD'], /^bench: \/.* is no file of programs\n$/],
  [
    ['--programs', 'x', '--against', 'HEAD', '--rounds', '0'],
    /^bench: --rounds 0 is not a whole number from 1 to 100\n$/,
  ],
  [['--programs', 'x', '--against', 'HEAD', '--variant', 'V0'], /^bench: no variant "V0"/],
  [['--fast'], /^bench: Unknown option '--fast'/],
])('%j: one line, exit code 2', (words, line) => {
  const { status, stdout, stderr } = node('bench.js', ...words);
  expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: expect.stringMatching(line) });
});
