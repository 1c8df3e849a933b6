/**
 * `npm run bench`: what the harness costs and what it is worth, beside a bare loop and fc.commands, in one run. With
 * `--programs FILE --against REV`: how fast it is beside another commit.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measure_throughput, type Throughput } from '../harness/bench/throughput';
import { geometric_mean, measure_to_failure } from '../harness/bench/to_failure';
import { EXIT } from '../harness/cli/cli';
import { table } from '../harness/cli/table';
import { CallError, known } from '../harness/errors';
import { SUITE } from './kvm/suite';
import { env, now } from './process/machine';
import { compare_with, comparison_lines, ratios, same_verdicts } from './speed/against';

/** fc.commands draws up to so many commands a program: each of these is tried, its best counts. */
const FC_SIZES = [10, 30, 60, 120, 240];

const ROUNDS = 5;
const ROUNDS_AT_MOST = 100;

/** Variants that crash or hang are left out of the throughput: their programs end early. */
const lasting = [...SUITE.variants.values()]
  .filter(({ violates }) => !violates.includes(SUITE.ends))
  .map(({ name }) => name);

function lines(one: Throughput): string[] {
  const rate = (per_s: number) => `${Math.round(per_s / 1000)} k commands/s`;
  return [
    `  bare loop over prepared programs         ${rate(one.bare_per_s)}`,
    `  harness, drawing them included           ${rate(one.harness_per_s)}, ${(one.ratio_to_bare * 100).toFixed(0)} % of the bare loop`,
    `  fc.commands and fc.modelRun              ${rate(one.fc_commands_per_s)}`,
    `  overhead a command                       ${one.overhead_us.toFixed(2)} us, fc.commands ${one.fc_overhead_us.toFixed(2)} us: ratio ${one.overhead_to_fc_commands.toFixed(2)}`,
  ];
}

/** The size at which fc.commands does best: the least by this measure. */
function best<T>(tried: ReadonlyMap<number, T>, of: (measured: T) => number): { size: number; measured: T } {
  const all = [...tried].map(([size, measured]) => ({ size, measured }));
  return all.reduce((a, b) => (of(b.measured) < of(a.measured) ? b : a));
}

/** The harness beside what a user would write without it. */
function beside_others(json: boolean, say: (line: string) => void): void {
  const alone = best(
    new Map(FC_SIZES.map((size) => [size, measure_throughput(SUITE, ['v6.18'], size, now)])),
    ({ fc_overhead_us }) => fc_overhead_us,
  );
  const all = measure_throughput(SUITE, lasting, alone.size, now);
  say(`one variant, fc.commands of ${alone.size}:`);
  for (const line of lines(alone.measured)) say(line);
  say(
    `${lasting.length} variants, as \`check\` runs them: a program is drawn once for all; fc.commands draws for each:`,
  );
  for (const line of lines(all)) say(line);

  const failure = measure_to_failure(SUITE, FC_SIZES);
  const ratio = geometric_mean(failure.rows.map(({ harness, fc_commands }) => harness / fc_commands));
  const { size, seeds, commands_at_most, given_up } = failure;
  say(`commands to failure, means over ${seeds} seeds, fc.commands of ${size} (the first seed's best):`);
  say(
    `  after ${commands_at_most} commands a search is given up, as ${(given_up * 100).toFixed(0)} % of fc.commands' are`,
  );
  const rows = failure.rows.map(({ variant, property, harness, fc_commands }) => {
    return { variant, property, harness: harness.toFixed(0), 'fc.commands': fc_commands.toFixed(0) };
  });
  for (const line of table(rows)) say(`  ${line}`);
  say(`  geometric mean of the ratios  ${ratio.toFixed(2)}`);
  if (json) {
    const figures = { ...all, commands_to_failure_to_fc_commands: ratio, one_variant: alone.measured };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  }
}

/** The harness beside another commit of it. */
function beside_a_commit(
  { programs, against, variant = 'v6.18', rounds = String(ROUNDS) }: { [name: string]: string | undefined },
  json: boolean,
  say: (line: string) => void,
): void {
  if (programs === undefined || against === undefined)
    throw new CallError('--programs FILE and --against REV: both or neither');
  if (!/^\d+$/.test(rounds) || Number(rounds) < 1 || Number(rounds) > ROUNDS_AT_MOST)
    throw new CallError(`--rounds ${rounds} is not a whole number from 1 to ${ROUNDS_AT_MOST}`);
  const name = known('variant', SUITE.name_today(variant), SUITE.variants).name;
  // npm runs this in the folder of the project.
  const folder = env['npm_lifecycle_event'] === 'bench' ? env['INIT_CWD'] : undefined;
  const wanted = { file: resolve(folder ?? '.', programs), against, variant: name, rounds: Number(rounds) };
  const compared = compare_with(wanted, (line) => void process.stderr.write(`${line}\n`));
  if (json) {
    const figures = { commit: compared.commit, same: same_verdicts(compared), parts: ratios(compared) };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  } else for (const line of comparison_lines(compared, wanted)) say(line);
  if (!same_verdicts(compared)) process.exitCode = EXIT.bad;
}

function main(): void {
  const value = { type: 'string' } as const;
  const options = {
    json: { type: 'boolean' },
    programs: value,
    against: value,
    variant: value,
    rounds: value,
  } as const;
  try {
    const { json = false, ...words } = parseArgs({ options }).values;
    const say = (line: string) => void (json ? process.stderr : process.stdout).write(`${line}\n`);
    if (Object.keys(words).length > 0) beside_a_commit(words, json, say);
    else beside_others(json, say);
  } catch (error) {
    if (!(error instanceof CallError) && (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') !== true)
      throw error;
    process.stderr.write(`bench: ${(error as Error).message.split('\n')[0]}\n`);
    process.exitCode = EXIT.call;
  }
}

main();
