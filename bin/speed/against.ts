/** `npm run bench -- --programs FILE --against REV`: this build and another commit's, in turn, on the same programs. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from '../../harness/cli/table';
import { CallError } from '../../harness/errors';
import { save_new } from '../../harness/files/save';
import type { Figures, Took } from './driver';

/** What is asked for. */
export interface Comparison {
  /** Programs, one a line, commands separated by "; "; if there is no such file, the other commit draws it. */
  readonly file: string;
  readonly against: string;
  readonly variant: string;
  /** How often each is run. */
  readonly rounds: number;
}

/** Drawn if there is no file; and of these, so many warm up. */
const PROGRAMS = 12_000;
const WARM_UP = 2_000;

const DIST = join(__dirname, '..', '..');
const CHECKOUT = join(DIST, '..');
const DRIVER = join(__dirname, 'driver.js');
/** A round takes seconds; whatever takes this long (milliseconds) hangs. */
const PATIENCE = 600_000;
const OUTPUT_AT_MOST = 1 << 30;

/** Figures of both, round by round. */
export interface Compared {
  readonly commit: string;
  readonly here: readonly Figures[];
  readonly there: readonly Figures[];
}

/** Throws a CallError if there is no such commit, or it cannot be built or measured. */
export function compare_with({ file, against, variant, rounds }: Comparison, say: (line: string) => void): Compared {
  // Before the other commit is built, which takes a while.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false)
    throw new CallError(`${file} is no file of programs`);
  const commit = called(
    'git',
    ['-C', CHECKOUT, 'rev-parse', '--verify', '--quiet', '--short', `${against}^{commit}`],
    `no commit "${against}"`,
  ).trim();
  const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-bench-'));
  const tree = join(folder, 'tree');
  try {
    say(`building ${commit}`);
    called(
      'git',
      ['-C', CHECKOUT, 'worktree', 'add', '--quiet', '--detach', tree, commit],
      `cannot check out ${commit}`,
    );
    symlinkSync(join(CHECKOUT, 'node_modules'), join(tree, 'node_modules'));
    called(process.execPath, [join(tree, 'tools', 'build.mjs')], `cannot build ${commit}`);
    const other = join(tree, 'dist');
    if (!existsSync(file)) {
      say(`${file}: ${PROGRAMS} programs, drawn by ${commit}`);
      save_new(file, driven([other, 'draw', String(PROGRAMS)], commit));
    }
    const here: Figures[] = [];
    const there: Figures[] = [];
    const measured = (dist: string, name: string): Figures =>
      JSON.parse(driven([dist, 'run', variant, file, String(WARM_UP)], name));
    for (let round = 1; round <= rounds; round++) {
      say(`round ${round} of ${rounds}`);
      there.push(measured(other, commit));
      here.push(measured(DIST, 'this commit'));
    }
    return { commit, here, there };
  } finally {
    if (existsSync(tree))
      called('git', ['-C', CHECKOUT, 'worktree', 'remove', '--force', tree], `cannot remove ${tree}`);
    rmSync(folder, { recursive: true, force: true });
  }
}

const driven = (words: readonly string[], name: string): string =>
  called(process.execPath, [DRIVER, ...words], `${name} cannot be measured`);

/** What a process prints. Throws a CallError with the last line of what it complains of. */
function called(program: string, words: readonly string[], wrong: string): string {
  try {
    const options = { timeout: PATIENCE, maxBuffer: OUTPUT_AT_MOST, stdio: 'pipe', encoding: 'utf8' } as const;
    return execFileSync(program, words, options);
  } catch (error) {
    const { stderr = '', message } = error as Error & { readonly stderr?: string };
    const told = stderr.split('\n').filter((line) => /\w/.test(line));
    const line = told.find((one) => /error/i.test(one)) ?? told.at(-1) ?? message;
    throw new CallError(`${wrong}: ${line.trim()}`);
  }
}

const PARTS: readonly (readonly [name: string, unit: string, of: (figures: Figures) => Took])[] = [
  ['loading', 'ms', ({ loading: { cpu, wall } }) => ({ cpu: cpu / 1000, wall: wall / 1000 })],
  [`first ${WARM_UP} programs`, 'us a command', ({ warm_up }) => warm_up],
  ['the others', 'us a command', ({ steady }) => steady],
  ['drawing them', 'us a command', ({ drawing }) => drawing],
];

/** Of one part: medians of both, and of the ratios of the rounds how many times as fast this commit is. */
export interface Ratio {
  readonly part: string;
  readonly unit: string;
  readonly cpu: {
    readonly here: number;
    readonly there: number;
    readonly ratio: number;
    readonly ratios: readonly number[];
  };
  readonly wall: { readonly here: number; readonly there: number; readonly ratio: number };
}

export function ratios({ here, there }: Compared): Ratio[] {
  return PARTS.map(([part, unit, of]) => {
    const figures = (clock: keyof Took) => {
      const [mine, others] = [here, there].map((all) => all.map((one) => of(one)[clock])) as [number[], number[]];
      const each = mine.map((one, i) => (others[i] ?? Number.NaN) / one).sort((a, b) => a - b);
      return { here: median(mine), there: median(others), ratio: median(each), ratios: each };
    };
    const { ratios: _, ...wall } = figures('wall');
    return { part, unit, cpu: figures('cpu'), wall };
  });
}

/** Whether both commits found the same violations in the same programs. */
export const same_verdicts = ({ here, there }: Compared): boolean =>
  new Set([...here, ...there].map(({ verdicts }) => verdicts)).size === 1;

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** A table for a reader. */
export function comparison_lines(compared: Compared, { variant, file, rounds }: Comparison): string[] {
  const { commit, here } = compared;
  const digits = (number: number) => (number < 100 ? number.toPrecision(3) : number.toFixed(0));
  const rows = ratios(compared).map(({ part, unit, cpu, wall }) => ({
    'processor time': `${part}, ${unit}`,
    [commit]: digits(cpu.there),
    'this commit': digits(cpu.here),
    'times as fast': `${cpu.ratio.toFixed(2)} (${(cpu.ratios[0] ?? 0).toFixed(2)} to ${(cpu.ratios.at(-1) ?? 0).toFixed(2)})`,
    'on the clock': wall.ratio.toFixed(2),
  }));
  return [
    `${here[0]?.commands} commands of ${file} on ${variant}, ${rounds} rounds in turn, medians`,
    ...table(rows).map((line) => `  ${line}`),
    same_verdicts(compared)
      ? '  both find the same violations in the same programs'
      : '  the commits do NOT find the same violations: they are not compared on the same work',
  ];
}
