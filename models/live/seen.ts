/**
 * A program on a real kernel beside the reference: what userspace saw after each command, and what it should have seen.
 */
import type { Command, Program } from '../../harness/program/command';
import { COMMANDS } from '../catalogue/catalogue';
import { definition, step_reference } from '../lockstep/session';
import type { Contract } from '../spec/contract';
import { list_of, mapped_pages, recover_fifo, split_counts, splits, take, take_oldest } from '../spec/recovery';
import { new_reference, type Reference, slot_at, type Table } from '../spec/reference';
import { regions_of, remove_tables } from '../spec/tables';
import { copy_reference } from '../state/copy_reference';
import { same_reference } from '../state/same';
import { is_nested, type Mmu, type World } from '../world/world';
import type { Answer, Stats } from './protocol';

/** The compared numbers, without the stub's own 4K pages. */
export interface Numbers {
  readonly splits: number;
  /** Number of leaves of 4K, 2M and 1G. */
  readonly pages: readonly [number, number, number];
  readonly flushes: number;
}

/** What claims about a real kernel see after a command. */
export interface Seen {
  readonly command: Command;
  readonly before: Numbers;
  /** Null if nothing could be read, because the command did not return. */
  readonly after: Numbers | null;
  /** What should be seen, according to the reference; null from the command after which the two have diverged. */
  readonly want: Pick<Numbers, 'splits' | 'pages'> | null;
  /** The pass that the command must have caused, and the splits on each list that the reference counted before it. */
  readonly pass: {
    readonly ratio: number;
    readonly direct: boolean;
    readonly splits: readonly number[];
    readonly logged: boolean;
  } | null;
  /** The level at which an access must be mapped if it faulted; 0 if it need not fault, or if there was no access. */
  readonly access_level: number;
  /** The kernel's complaint, or how it died. */
  readonly complaint: string | null;
  /** How the kernel failed to do what it was asked. */
  readonly failure: string | null;
  /** Why this machine cannot do the command: neither side has done it. */
  readonly skipped: string | null;
  /**
   * Nothing is judged: earlier passes could have taken so many different pages that not all outcomes were followed, and
   * none of the followed ones explains what is seen.
   */
  readonly undecided: boolean;
}

/** The compared numbers: splits, pages mapped without the stub's, flushes. */
export function numbers_of(stats: Stats, stub: Stats): Numbers {
  return {
    splits: stats.nx_lpage_splits,
    pages: [stats.pages_4k - stub.pages_4k, stats.pages_2m - stub.pages_2m, stats.pages_1g - stub.pages_1g],
    flushes: stats.remote_tlb_flush_requests,
  };
}

const ZERO_NUMBERS: Numbers = { splits: 0, pages: [0, 0, 0], flushes: 0 };

/** What was seen after each command that was reached. */
export function seen_of(contract: Contract, world: World, program: Program, answer: Answer): Seen[] {
  // Which pages a pass takes is not promised, so each reference is one outcome that explains everything seen so far.
  let refs = [new_reference(contract, world)];
  let complete = true;
  const stub = answer.start.stats;
  let before = stub ? numbers_of(stub, stub) : ZERO_NUMBERS;
  let diverged = false;
  const seen: Seen[] = [];
  for (const [i, command] of program.entries()) {
    const outcome = answer.steps[i];
    const died = outcome === undefined && answer.death !== null;
    if (!outcome && !died) break;
    const skipped = outcome?.kind === 'cannot' ? outcome.why : null;
    const after = outcome?.stats && stub ? numbers_of(outcome.stats, stub) : null;
    const complaint = died ? answer.death.how : (outcome?.log[0] ?? null);
    const failure = outcome?.kind === 'failed' ? outcome.why : null;
    const missing = { after: null, want: null, pass: null, access_level: 0 };
    const nothing = { command, before, ...missing, complaint, failure, skipped, undecided: false };
    if (skipped !== null) {
      seen.push(nothing);
      continue;
    }
    const stepped = refs.flatMap((ref) => either_way(ref, command)).map((ref) => step(ref, command));
    const fitting = after === null ? [] : distinct(stepped.flatMap((one) => fitted(one, after)));
    // What is expected comes from the first explanation.
    const expected = (fitting[0] ?? stepped[0]) as Stepped;
    const undecided = !complete && after !== null && fitting.length === 0;
    seen.push({ ...nothing, after, ...expected, want: diverged || undecided ? null : expected.want, undecided });
    if (!after) break;
    if (fitting.length > OUTCOMES_AT_MOST) complete = false;
    if (fitting.length > 0) refs = fitting.slice(0, OUTCOMES_AT_MOST).map(({ ref }) => ref);
    else {
      const guesses = stepped.flatMap(({ before_pass }) => (before_pass ? explanations(before_pass, after) : []));
      if (guesses.length > 0) refs = guesses.slice(0, EXPLANATIONS_AT_MOST);
      else diverged = true;
    }
    before = after;
  }
  return seen;
}

/** The largest number of explanations followed for a pass that took a wrong number of pages. */
const EXPLANATIONS_AT_MOST = 16;
/** The largest number of outcomes followed for passes that took the right number of pages. */
const OUTCOMES_AT_MOST = 64;

/** The distinct outcomes: equal references have the same future. */
export function distinct(all: readonly Stepped[]): Stepped[] {
  const found: Stepped[] = [];
  for (const one of all) if (!found.some(({ ref }) => same_reference(ref, one.ref))) found.push(one);
  return found;
}

/**
 * The references from which a command is followed, where something is not promised. Whether a write to L1's entry takes along the
 * tables that only this entry led to: kernels began to zap them between 6.18 and 7.2, and any series may get that. And whether a
 * nested guest's fault that finds its leaf in a table to which another entry led before maps the neighbours: from 6.16 at the latest it
 * does so only if the leaf has not been accessed.
 */
export function either_way(ref: Reference, command: Command): Reference[] {
  const { contract } = ref;
  const other_way = (change: Partial<Contract>) => copy_of(ref, { ...contract, ...change });
  if (definition(command) === COMMANDS.get('clear_gpte_dirty'))
    return [ref, other_way({ entry_takes_its_tables_along: !contract.entry_takes_its_tables_along })];
  if (ACCESSES.has(command.name) && is_nested(command.args['mmu'] as Mmu))
    return [ref, other_way({ found_leaves_stay_alone: !contract.found_leaves_stay_alone })];
  return [ref];
}

const ACCESSES: ReadonlySet<string> = new Set(['guest_read', 'guest_write', 'guest_exec']);

/** The reference after a command, and what it expects. */
export interface Stepped extends Pick<Seen, 'pass' | 'access_level'> {
  readonly ref: Reference;
  readonly want: Pick<Numbers, 'splits' | 'pages'>;
  readonly before_pass: Reference | null;
}

export function step(ref: Reference, command: Command): Stepped {
  step_reference(ref, definition(command), command.args);
  const access_level = ref.access_faulted ? ref.access_level : 0;
  const direct = command.name === 'recover';
  if (!direct && !ref.pass_due) return { ref, want: count(ref), pass: null, access_level, before_pass: null };
  const before_pass = copy_of(ref);
  const ratio = direct ? Number(command.args['ratio']) : ref.ratio;
  recover_fifo(ref, ratio);
  const pass = { ratio, direct, splits: split_counts(before_pass), logged: has_logged_splits(before_pass) };
  return { ref, want: count(ref), pass, access_level, before_pass };
}

/** Whether a pass may find splits that it must leave linked because their slot is dirty-logged. */
const has_logged_splits = (ref: Reference): boolean =>
  ref.contract.dirty_tables_stay && splits(ref).some(({ region }) => slot_at(ref, region)?.dirty_log === true);

/**
 * The references that agree with what is seen. For a pass: every choice of the right number of pages that agrees, the
 * oldest pages first, as kernels take them.
 */
function fitted(stepped: Stepped, after: Numbers): Stepped[] {
  const first = same(after, stepped.want) ? [stepped] : [];
  const { pass, before_pass } = stepped;
  const { slot_gone } = stepped.ref;
  if (slot_gone !== null) return [...first, ...without_tables(stepped, slot_gone, after)];
  if (!pass || !before_pass || after.splits !== stepped.want.splits || pass.ratio === 0) return first;
  // The pass takes every listed page, so there is no choice.
  if (pass.splits.every((n) => n <= 1 || Math.ceil(n / pass.ratio) === n)) return first;
  const others: Stepped[] = [];
  for (const choice of choices(before_pass, pass)) {
    const ref = copy_of(before_pass);
    for (const place of choice) take(ref, place);
    if (same(after, count(ref))) others.push({ ...stepped, ref, want: count(ref) });
  }
  return [...first, ...others];
}

/** The same, where the tables of a slot have gone with it: nobody promises that they stay. */
function without_tables(stepped: Stepped, { from, to }: { from: number; to: number }, after: Numbers): Stepped[] {
  const ref = copy_of(stepped.ref);
  // A table that reaches over the slot also maps memory of others.
  remove_tables(ref, from, to, (table) => regions_of(ref, table).every((region) => region >= from && region < to));
  return same(after, count(ref)) ? [{ ...stepped, ref, want: count(ref) }] : [];
}

const CHOICES_AT_MOST = 2000;

/** The choices of pages that a pass has: any pages, but the right number from each list. FIFO order is not promised. */
export function* choices(
  ref: Reference,
  { ratio, splits: listed }: NonNullable<Seen['pass']>,
): Generator<readonly Table[]> {
  const [first = [], second = []] = listed.map((n, list) => {
    const of_list = splits(ref).filter(({ mmu }) => list_of(ref, mmu) === list);
    return subsets(of_list, Math.ceil(n / ratio));
  });
  let left = CHOICES_AT_MOST;
  for (const a of first) for (const b of listed.length > 1 ? second : [[]]) if (left-- > 0) yield [...a, ...b];
}

function subsets<T>(things: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  const found: T[][] = [];
  for (let i = 0; i + size <= things.length && found.length < CHOICES_AT_MOST; i++) {
    for (const rest of subsets(things.slice(i + 1), size - 1)) found.push([things[i] as T, ...rest]);
  }
  return found;
}

export function count(ref: Reference): Pick<Numbers, 'splits' | 'pages'> {
  return { splits: split_counts(ref).reduce((sum, n) => sum + n, 0), pages: mapped_pages(ref) };
}

export const same = (a: Pick<Numbers, 'splits' | 'pages'>, b: Pick<Numbers, 'splits' | 'pages'>): boolean =>
  a.splits === b.splits && a.pages.every((n, i) => n === b.pages[i]);

export function copy_of(ref: Reference, contract: Contract = ref.contract): Reference {
  const copy = new_reference(contract, ref.world);
  copy_reference(ref, copy, []);
  return copy;
}

/**
 * Explanations of a pass that took a wrong number of pages: how many of each list's oldest pages it must have taken.
 */
function explanations(before: Reference, after: Numbers): Reference[] {
  const [shadow = 0, tdp = 0] = split_counts(before);
  const found: Reference[] = [];
  for (let a = 0; a <= shadow; a++) {
    for (let b = 0; b <= tdp; b++) {
      const guess = copy_of(before);
      take_oldest(guess, 0, a);
      take_oldest(guess, 1, b);
      if (same(after, count(guess))) found.push(guess);
    }
  }
  return found;
}
