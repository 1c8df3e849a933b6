/**
 * `npm run golden`: compares what the harness draws, searches, proves and reproduces with the files of `tools/golden/`.
 * A change that should not change behaviour leaves them as they are. A change that should renews them:
 * `npm run golden -- --renew`.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUITE } from '../bin/kvm/suite';
import { known } from '../harness/errors';
import { random_of_case } from '../harness/generate/seed';
import { canonical_texts } from '../harness/program/text';
import { COMMANDS, VARIANTS } from '../models/catalogue/catalogue';
import { live_programs } from '../models/live/programs';

const FOLDER = join(__dirname, 'golden');
const HARNESS = join(__dirname, '..', 'dist', 'bin', 'kvm-nx-harness.js');

/** Calls whose `--json` output is kept, by the name of the file. Each takes less than a minute on two cores. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  'explore-depth-4': ['explore', 'v6.18', '--depth', '4'],
  'explore-all-commands': ['explore', 'v5.5', 'v6.18', 'patch-v1', 'B12', '--depth', '2', '--commands', 'all'],
  'explore-paused': ['explore', 'v6.18', 'B24', '--depth', '2', '--pauses', '2'],
  'explore-no-symmetry': ['explore', 'V1', '--depth', '2', '--no-symmetry'],
  check: ['check', '--cases', '200', '--seed', 'golden'],
  matrix: ['matrix', '--seeds', '2', '--cases', '500', '--certify', 'first'],
  conform: ['conform'],
  list: ['list'],
};

/** Fields with times and speeds, and the version of the form. */
const TIMES = ['seconds', 'states_per_s', 'transitions_per_s', 'version'];

const without_times = (line: string): string =>
  JSON.stringify(JSON.parse(line), (key, value) => (TIMES.includes(key) ? undefined : value));

function lines_of(argv: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync(process.execPath, [HARNESS, ...argv, '--json'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  // Exit code 1 means not as expected, which happens here: the search is too short for rare defects.
  if (status !== 0 && status !== 1) throw new Error(`${argv.join(' ')} ended with exit code ${status}: ${stderr}`);
  return [...stdout.split('\n').filter(Boolean).map(without_times), `exit code ${status}`];
}

const SEEDS = ['main', 'golden', 'a:b'];
const DRAWS = 1000;

/** For each seed, a digest of DRAWS programs of the search, and one of as many programs for real kernels. */
function draws(): string[] {
  const { contract } = known('variant', 'linux-7.3', VARIANTS);
  const live = live_programs(contract, { tdp_mmu: true, nested: true, giant: false });
  return SEEDS.flatMap((seed) => {
    const of_models = createHash('sha256');
    const of_kernels = createHash('sha256');
    for (let index = 0; index < DRAWS; index++) {
      const program = SUITE.programs.draw(random_of_case(seed, index));
      of_models.update(`${canonical_texts(SUITE.commands, program).join('; ')}\n`);
      of_kernels.update(`${canonical_texts(COMMANDS, live.draw(seed, index)).join('; ')}\n`);
    }
    return [`${seed} ${of_models.digest('hex')}`, `${seed}, real kernels ${of_kernels.digest('hex')}`];
  });
}

/** The number of differing lines, and the first one, old and new. */
function difference(was: readonly string[], is: readonly string[]): string[] {
  const at = is.findIndex((line, i) => line !== was[i]);
  const first = at < 0 ? is.length : at;
  const differing = is.filter((line, i) => line !== was[i]).length + Math.max(0, was.length - is.length);
  return [
    `  ${differing} of ${is.length} lines differ, first line ${first + 1}:`,
    `  - ${was[first]}`,
    `  + ${is[first]}`,
  ];
}

/** Compares with the file, or renews it. Returns true if it is the same or renewed. */
function hold(name: string, is: readonly string[], renew: boolean): boolean {
  const file = join(FOLDER, `${name}.jsonl`);
  const was = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  const same = was.join('\n') === is.join('\n');
  console.log(`${name}: ${same ? 'as it was' : renew ? 'renewed' : 'DIFFERS'} (${is.length} lines)`);
  if (same) return true;
  for (const line of difference(was, is)) console.log(line.slice(0, 1000));
  if (renew) writeFileSync(file, `${is.join('\n')}\n`);
  return renew;
}

const [flag, ...rest] = process.argv.slice(2);
if (rest.length > 0 || (flag !== undefined && flag !== '--renew')) {
  console.error(`golden takes nothing or --renew, not "${process.argv.slice(2).join(' ')}"`);
  process.exit(2);
}
mkdirSync(FOLDER, { recursive: true });
const renew = flag === '--renew';
const held = [hold('draws', draws(), renew)];
for (const [name, argv] of Object.entries(CALLS)) held.push(hold(name, lines_of(argv), renew));
process.exitCode = held.every(Boolean) ? 0 : 1;
