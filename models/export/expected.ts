/**
 * What a program must show on a kernel that keeps the contract: the reference alone, without any kernel or model.
 *
 * Which pages a pass takes is not promised, nor whether tables go along with their slot. So every outcome that the
 * contract allows is followed, and a number is expected only where all of them agree on it.
 */
import type { Command, Program } from '../../harness/program/command';
import { choices, copy_of, count, distinct, either_way, type Stepped, step } from '../live/seen';
import type { Contract } from '../spec/contract';
import { take } from '../spec/recovery';
import { new_reference, type Reference } from '../spec/reference';
import { regions_of, remove_tables } from '../spec/tables';
import type { World } from '../world/world';

/** What must be read after a command; null: the contract does not say. */
export interface Expected {
  readonly splits: number | null;
  /** Leaves of 2M. */
  readonly pages_2m: number | null;
  /** Of a direct pass: whether TLBs must be flushed. */
  readonly flushed: boolean | null;
}

/** A command, and what is known of it. */
export interface ExpectedStep {
  readonly command: Command;
  /** The specification before the command, one of its outcomes: where slots are, what parameters say. */
  readonly before: Reference;
  /** The same after it. */
  readonly following: Reference;
  readonly after: Expected;
  /** Why the test leaves it out, and nothing has changed; null: it does not. */
  readonly skipped: string | null;
  /** The direct pass that it is: the splits on each list, of which it takes 1/ratio. */
  readonly pass: { readonly ratio: number; readonly splits: readonly number[] } | null;
  /** A pass happens because its time has come, or because a parameter says so. */
  readonly by_the_clock: boolean;
}

/** As many outcomes are followed. With more, nothing is expected from there on. */
const OUTCOMES_AT_MOST = 200;

const NOTHING: Expected = { splits: null, pages_2m: null, flushed: null };

/**
 * What must be seen after each command. `skips`: why a command is left out; null if it is not.
 */
export function expected_steps(
  contract: Contract,
  world: World,
  program: Program,
  skips: (command: Command, before: Reference) => string | null,
): ExpectedStep[] {
  let refs: readonly Reference[] = [new_reference(contract, world)];
  let complete = true;
  return program.map((command) => {
    const before = copy_of(refs[0] as Reference);
    const skipped = skips(command, before);
    if (skipped !== null) {
      const after = complete ? agreed(refs) : NOTHING;
      return { command, before, following: before, after, skipped, pass: null, by_the_clock: false };
    }
    const leaves = refs.map(leaves_of);
    const stepped = refs.flatMap((ref) => either_way(ref, command)).map((ref) => step(ref, command));
    const { pass } = stepped[0] as Stepped;
    const outcomes = distinct(stepped.flatMap(outcomes_of));
    if (outcomes.length > OUTCOMES_AT_MOST) complete = false;
    refs = outcomes.slice(0, OUTCOMES_AT_MOST).map(({ ref }) => ref);
    const after = complete ? agreed(refs) : NOTHING;
    const flushed = complete && pass?.direct ? flushed_by(pass.splits, pass.ratio, leaves, refs) : null;
    const following = copy_of(refs[0] as Reference);
    const by_the_clock = pass !== null && !pass.direct;
    return {
      command,
      before,
      following,
      after: { ...after, flushed },
      skipped,
      pass: pass?.direct ? pass : null,
      by_the_clock,
    };
  });
}

/** The numbers on which all outcomes agree. */
function agreed(refs: readonly Reference[]): Expected {
  const all = refs.map(count);
  const one = <T>(values: readonly T[]): T | null =>
    values.every((value) => value === values[0]) ? (values[0] ?? null) : null;
  return {
    splits: one(all.map(({ splits }) => splits)),
    pages_2m: one(all.map(({ pages }) => pages[1])),
    flushed: null,
  };
}

const leaves_of = (ref: Reference): number => count(ref).pages.reduce((sum, n) => sum + n, 0);

/** A pass flushes what it zaps. One that finds no splits zaps nothing, and need not flush. */
function flushed_by(
  splits: readonly number[],
  ratio: number,
  leaves: readonly number[],
  after: readonly Reference[],
): boolean | null {
  if (ratio === 0 || splits.every((n) => n === 0)) return false;
  const least = Math.min(...leaves);
  return after.every((ref) => leaves_of(ref) < least) ? true : null;
}

/** Every outcome of a command that the contract allows. */
function outcomes_of(stepped: Stepped): Stepped[] {
  const { ref, pass, before_pass } = stepped;
  if (ref.slot_gone !== null) return [stepped, without_tables(stepped, ref.slot_gone)];
  if (!pass || !before_pass || pass.ratio === 0) return [stepped];
  if (pass.splits.every((n) => n <= 1 || Math.ceil(n / pass.ratio) === n)) return [stepped];
  return [...choices(before_pass, pass)].map((choice) => {
    const chosen = copy_of(before_pass);
    for (const place of choice) take(chosen, place);
    return { ...stepped, ref: chosen, want: count(chosen) };
  });
}

/** The same, where the tables of a slot have gone with it: nobody promises that they stay. */
function without_tables(stepped: Stepped, { from, to }: { from: number; to: number }): Stepped {
  const ref = copy_of(stepped.ref);
  remove_tables(ref, from, to, (table) => regions_of(ref, table).every((region) => region >= from && region < to));
  return { ...stepped, ref, want: count(ref) };
}
