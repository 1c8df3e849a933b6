/**
 * Exhaustive search in shards. Each repeats all depths but the last, and so knows the states that the last one expands, and
 * which of them are its own. All parts of the last depth in order are what one process finds.
 */
import { z } from 'zod';
import { CallError } from '../errors';
import { explore_in_parallel, PART, type ParallelExploration, type ParallelSearch } from '../explore/parallel';
import type { Expanded } from '../explore/part';
import type { Pool } from '../pool/pool';
import { parse_program, program_texts } from '../program/text';
import type { Suite } from '../suite';
import { BREACH, TEXTS } from './counterexample';
import { result_in } from './outcome';
import type { Part, PartWriter } from './part';
import { type Share, share_text } from './share';

const COUNT = z.int().min(0);
const LEAST = z.array(z.tuple([z.string(), z.object({ program: TEXTS, breach: BREACH })]));
const REASON = z
  .object({ kind: z.enum(['limit', 'stopped', 'state', 'symmetry', 'hang']), text: z.string() })
  .nullable();
const SEARCH = z.object({
  /** The result when the last depth begins, or when the search ended before it. */
  so_far: z.object({
    least: LEAST,
    doubtful: TEXTS,
    /** Null: no new state was left. */
    depth: COUNT.nullable(),
    depths: z.array(z.object({ states: COUNT, transitions: COUNT })),
    states: COUNT,
    transitions: COUNT,
    cut_short: REASON,
  }),
  /** The states that the last depth expands; null if the search ended before it. */
  last: COUNT.nullable(),
  /** Of each part of the shard, in order, the transitions; and what else there is of some. */
  transitions: z.array(COUNT),
  found: z.array(z.object({ part: COUNT, least: LEAST, doubtful: TEXTS, cut_short: REASON })),
});
type Searched = z.infer<typeof SEARCH>;

/** Where a shard keeps how often each entry that the user's own implementation replaces was asked. */
export const CALLED = 'called';

/** The sum of that over all shards. */
export function called_in(parts: readonly Part[]): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const part of parts) {
    const called = result_in(part, CALLED, z.record(z.string(), COUNT));
    for (const [name, times] of Object.entries(called)) sum.set(name, (sum.get(name) ?? 0) + times);
  }
  return sum;
}

/** Searches in place of explore_in_parallel(). */
export type Explorer = <View>(suite: Suite<View>, pool: Pool, search: ParallelSearch) => Promise<ParallelExploration>;

/** An implementation may need several searches: their key says what is different. */
const key_of = ({ variant, detail, symmetry, properties }: ParallelSearch): string =>
  [variant, detail ?? 'all', symmetry, ...properties].join(' ');

/** Searches a share of the last depth, and keeps it. A search that somebody has stopped is not kept. */
export const explore_share =
  (share: Share, part: PartWriter): Explorer =>
  async (suite, pool, search) => {
    const texts = least_texts(suite);
    let so_far: Searched['so_far'] | null = null;
    let last: number | null = null;
    const transitions: number[] = [];
    const found: Searched['found'] = [];
    const result = await explore_in_parallel(suite, pool, {
      ...search,
      share,
      at_last(before, states) {
        so_far = result_texts(before, texts);
        last = states;
      },
      expanded(one) {
        const { least, doubtful, cut_short } = one;
        if (least.length + doubtful.length > 0 || cut_short)
          found.push({ part: transitions.length, least: texts(least), doubtful: [...doubtful], cut_short });
        transitions.push(one.transitions);
      },
    });
    const searched = { so_far: so_far ?? result_texts(result, texts), last, transitions, found };
    if (result.cut_short?.kind !== 'stopped') part.keep(key_of(search), searched);
    return result;
  };

/**
 * Puts the shards of a search together. A search that not all of them have done is done here: what it is about may be known
 * only since all are together. `tell` hears of it.
 */
export const explored_in_shards =
  (parts: readonly Part[], tell: (line: string) => void): Explorer =>
  async (suite, pool, search) => {
    const key = key_of(search);
    if (parts.every(({ results }) => results.has(key)))
      return together(
        suite,
        search,
        parts,
        parts.map((part) => result_in(part, key, SEARCH)),
      );
    tell(`${search.variant}: what the shards found needs another search, which they have not done: it is done here`);
    return explore_in_parallel(suite, pool, search);
  };

function together<View>(
  suite: Suite<View>,
  { variant, properties, found: tell }: ParallelSearch,
  parts: readonly Part[],
  shards: readonly Searched[],
): ParallelExploration {
  const [first] = shards as [Searched];
  const other = shards.findIndex(
    (one) => JSON.stringify([one.so_far, one.last]) !== JSON.stringify([first.so_far, first.last]),
  );
  if (other > 0) {
    const names = `${parts[0]?.file} and ${parts[other]?.file}`;
    throw new CallError(`${names} differ in the depths of ${variant} that every shard searches: it keeps state`);
  }
  const { so_far, last } = first;
  const least = new Map(least_of(suite, so_far.least));
  for (const [property, one] of least) tell?.(property, one);
  const doubtful = new Set(so_far.doubtful);
  const depth = so_far.depth ?? Number.POSITIVE_INFINITY;
  if (last === null) return { ...so_far, least, depth };
  const open = new Set(properties.filter((name) => !least.has(name) && !doubtful.has(name)));
  let transitions = so_far.transitions;
  const ended = () => ({ least, doubtful: [...doubtful], states: so_far.states, transitions });
  for (let nth = 0; nth * PART < last && open.size > 0; nth++) {
    const part = part_in(suite, parts, shards, nth);
    transitions += part.transitions;
    for (const [property, one] of part.least) {
      if (!open.delete(property)) continue;
      least.set(property, one);
      tell?.(property, one);
    }
    for (const property of part.doubtful) if (open.delete(property)) doubtful.add(property);
    const { cut_short } = part;
    if (cut_short) return { ...ended(), depth, depths: so_far.depths, cut_short };
  }
  const depths = [...so_far.depths, { states: last, transitions: transitions - so_far.transitions }];
  return { ...ended(), depth: depth + 1, depths, cut_short: null };
}

/** A part of the last depth, from the shard that has expanded it. */
function part_in<View>(
  suite: Suite<View>,
  parts: readonly Part[],
  shards: readonly Searched[],
  nth: number,
): Pick<Expanded, 'transitions' | 'least' | 'doubtful' | 'cut_short'> {
  const share = { index: nth % shards.length, of: shards.length };
  const shard = shards[share.index] as Searched;
  const own = Math.floor(nth / shards.length);
  const transitions = shard.transitions[own];
  if (transitions === undefined)
    throw new CallError(`${parts[share.index]?.file}: shard ${share_text(share)} has not expanded all of its states`);
  const found = shard.found.find(({ part }) => part === own);
  if (!found) return { transitions, least: [], doubtful: [], cut_short: null };
  return { ...found, transitions, least: least_of(suite, found.least) };
}

type LeastList = Expanded['least'];

const least_texts =
  <View>({ commands }: Suite<View>) =>
  (least: LeastList): z.infer<typeof LEAST> =>
    least.map(([property, { program, breach }]) => [property, { program: program_texts(commands, program), breach }]);

const least_of = <View>({ commands, bounds }: Suite<View>, least: z.infer<typeof LEAST>): LeastList =>
  least.map(([property, { program, breach }]) => [
    property,
    { program: parse_program(commands, bounds, program), breach },
  ]);

function result_texts(
  result: ParallelExploration,
  texts: (least: LeastList) => z.infer<typeof LEAST>,
): Searched['so_far'] {
  const { least, doubtful, depth, depths, ...rest } = result;
  return {
    ...rest,
    least: texts([...least]),
    doubtful: [...doubtful],
    depth: Number.isFinite(depth) ? depth : null,
    depths: [...depths],
  };
}
