/** `live --bisect`: whether one kernel is good, for `git bisect run`. */
import { type Call, not_both, type Terminal } from '../../../harness/cli/cli';
import type { Ledger } from '../../../harness/cli/ledger';
import { CallError, Interrupted, known } from '../../../harness/errors';
import { case_of } from '../../../harness/program/case';
import type { Program } from '../../../harness/program/command';
import type { Machine } from '../../../models/live/machine';
import { type Run, run_live, type Target, target_of } from '../../../models/live/target';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { BISECT } from '../../process/exit_code';
import { base_machine, machine_of, UnusableKernel } from './kernels';
import { read_given } from './programs';
import { kernel_line } from './report';

/** A verdict that is not always the same is none: a program is run so often. */
const RUNS = 3;

/** What a kernel is, and why. */
export interface BisectVerdict {
  readonly verdict: 'good' | 'bad' | 'skip';
  readonly why: string;
}

/** Options that mean a search, or that say more than a verdict. */
const OF_A_SEARCH = [
  'save',
  'all',
  'seed',
  'cases',
  'time',
  'journal',
  'junit',
  'ktap',
  'record',
  'shard',
  'touched',
  'json',
];

/** Throws a CallError if the call makes no sense as one of a bisection. */
function check_call(call: Call): string {
  for (const name of OF_A_SEARCH) not_both(call, 'bisect', name);
  const program = call.text('program');
  if (program === undefined)
    throw new CallError('--bisect without --program FILE|SEED:CASE: a bisection asks one question of all kernels');
  if (program.endsWith('.jsonl')) throw new CallError('--bisect asks for one program, not for recorded ones');
  const property = call.text('property');
  if (property !== undefined) {
    not_both(call, 'property', 'base');
    known('property', property, LIVE_CLAIMS);
  }
  return program;
}

/** The exit code for `git bisect run`; a CallError is thrown for what no other kernel would change. */
export async function bisect(
  call: Call,
  terminal: Terminal,
  ledger: Ledger,
  contract: string | undefined,
): Promise<number> {
  const word = check_call(call);
  const given = await read_given(word, call.flag('giant'), terminal.signal);
  ledger.ask('verdicts', 1);
  const { verdict, why } = await verdict_of_call(call, terminal, contract, word, given.program);
  if (terminal.signal.aborted) throw new Interrupted();
  ledger.done('verdicts', 1);
  terminal.out(`bisect: ${verdict}: ${why}`);
  return BISECT[verdict];
}

async function verdict_of_call(
  call: Call,
  terminal: Terminal,
  contract: string | undefined,
  word: string,
  given: Program | null,
): Promise<BisectVerdict> {
  const run_on = async (machine: Machine): Promise<Run[]> => {
    try {
      terminal.out(`kernel: ${kernel_line(machine)}`);
      const target = target_of(machine, LIVE_CLAIMS, contract, call.flag('giant'));
      return await runs_of(target, given ?? drawn(target, word));
    } finally {
      await machine.close();
    }
  };
  const base = call.text('base');
  // What is wrong with the base is wrong for all kernels.
  const before = base === undefined ? [] : broken_by(await run_on(await base_machine(base, call, terminal)));
  const property = call.text('property');
  try {
    return verdict_of(await run_on(await machine_of(call, terminal)), property ?? null, before);
  } catch (error) {
    if (error instanceof UnusableKernel) return { verdict: 'skip', why: error.message };
    throw error;
  }
}

async function runs_of(target: Target, program: Program): Promise<Run[]> {
  const runs: Run[] = [];
  while (runs.length < RUNS) runs.push(await run_live(target, program));
  return runs;
}

function drawn({ programs }: Target, word: string): Program {
  const { seed, index } = case_of(word);
  return programs.draw(seed, index);
}

/** The properties that a program breaks, in whatever run. */
const broken_by = (runs: readonly Run[]): string[] => [
  ...new Set(runs.flatMap(({ found }) => found.map(({ property }) => property))),
];

/**
 * What the runs of one program say. `property`: only this one counts; null: each counts that is not in `before`, what the
 * base breaks. A kernel that did not do all of the program, or not always the same, is skipped.
 */
export function verdict_of(runs: readonly Run[], property: string | null, before: readonly string[]): BisectVerdict {
  const unusable = runs.find((run) => run.unusable !== null)?.unusable;
  if (unusable !== undefined) return { verdict: 'skip', why: `the program could not be run: ${unusable}` };
  const counts = ({ found }: Run) =>
    found.filter((one) => (property === null ? !before.includes(one.property) : one.property === property));
  const broken = runs.map(counts);
  const bad = broken.filter((all) => all.length > 0).length;
  if (bad === runs.length) {
    const {
      property: name,
      step,
      breach,
    } = (broken[0] ?? [])[0] ?? { property: '?', step: 0, breach: { got: '', want: '' } };
    return { verdict: 'bad', why: `${name}, at command ${step + 1}: got ${breach.got}, want ${breach.want}` };
  }
  if (bad > 0) return { verdict: 'skip', why: `broken in ${bad} of ${runs.length} runs` };
  const skipped = runs.flatMap((run) => run.skipped)[0];
  if (skipped !== undefined) return { verdict: 'skip', why: `this kernel cannot do all of the program: ${skipped}` };
  const death = runs.find(({ answer }) => answer.death !== null)?.answer.death;
  if (death) return { verdict: 'skip', why: `the kernel did not come to the end of the program: ${death.how}` };
  if (runs.some(({ undecided = 0 }) => undecided > 0))
    return { verdict: 'skip', why: 'passes could take too many different pages' };
  return {
    verdict: 'good',
    why: property === null ? 'the program breaks nothing' : `the program does not break ${property}`,
  };
}
