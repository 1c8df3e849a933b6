/** `npm run mutation [-- STRYKER'S OPTIONS]`: mutates the models and judges the mutants that survive. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { read_json } from '../harness/files/read';
import { read_equivalents } from './equivalent';
import { judge_mutants, REPORT, score, type Tally } from './report';

/** The share of mutants that must be killed, of those that are not equivalent. */
const WANTED = 0.99;

const root = join(__dirname, '..');
const stryker = join(root, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
const folder = join(root, 'coverage', 'mutation');

const percent = (tally: Tally): string => `${(100 * score(tally)).toFixed(1)} %`;
const row = (name: string, tally: Tally): string => {
  const cells = [tally.killed, tally.survived, tally.equivalent].map((n) => String(n).padStart(10));
  return `${name.padEnd(20)}${cells.join('')}${percent(tally).padStart(10)}`;
};

function main(options: readonly string[]): number {
  const call = ['run', join('mutation', 'stryker.json'), ...options];
  const { status } = spawnSync(process.execPath, [stryker, ...call], { cwd: root, stdio: 'inherit' });
  if (status !== 0) return status ?? 1;
  const { files, all, survivors, wrong } = judge_mutants(
    read_json(join(folder, 'mutation.json'), REPORT),
    read_equivalents(),
  );
  const heading = ['killed', 'survived', 'equivalent', 'score'].map((word) => word.padStart(10)).join('');
  const table = [`${'models/kernel'.padEnd(20)}${heading}`, ...[...files].map(([file, tally]) => row(file, tally))];
  const text = [...table, row('all', all), '', ...survivors.map((line) => `survived: ${line}`), ...wrong].join('\n');
  writeFileSync(join(folder, 'summary.txt'), `${text}\n`);
  process.stdout.write(`\n${text}\n`);
  return score(all) >= WANTED && wrong.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
