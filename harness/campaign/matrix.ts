/** Which property catches which defect, and how soon: the same random search under many seeds. */
import type { Counterexample } from '../certify/certify';
import { random_of_case } from '../generate/seed';
import type { Pool } from '../pool/pool';
import { one_line } from '../program/text';
import type { Shard } from '../run/shard';
import type { Suite } from '../suite';
import { first_cases, prove, run_or_end } from './search';

/** What the matrix is computed for. */
export interface MatrixWanted {
  readonly variants: readonly string[];
  readonly seeds: readonly string[];
  /** The largest number of programs for each seed. */
  readonly cases: number;
  /** Under which seeds the counterexamples are shrunk and certified. */
  readonly certify: 'all' | 'first' | 'none';
  readonly transitions: number;
  /** Called before each seed and before each variant that is certified: what is done, and how many of how many are. */
  progress(text: string, phase: 'seeds' | 'proofs', done: number, of: number): void;
  /** Called once for each property that catches a variant, as soon as it does under the first seed that shows it. */
  caught?(variant: string, property: string, found: { readonly seed: string; readonly index: number }): void;
  /** Called with each program that is proven minimal, as it comes. */
  proven?(
    variant: string,
    counterexample: Counterexample,
    found: { readonly seed: string; readonly index: number },
  ): void;
  /** If true, no new work starts, and the current seed does not count. */
  stopped(): boolean;
}

/** A property that catches a defect. */
export interface Caught {
  /** By seed, the number of programs up to and including the first that violates it. Null if none does. */
  readonly programs: readonly (number | null)[];
  /** By seed, the total number of commands of those programs. */
  readonly commands: readonly (number | null)[];
  /** The minimal program; null if none was asked for. */
  readonly shortest: Counterexample | null;
  /** The certificates of all seeds end with the same program. */
  readonly one_text: boolean;
}

/** One defect: which properties catch it. */
export interface MatrixRow {
  readonly variant: string;
  /** In the order of the properties. */
  readonly caught_by: ReadonlyMap<string, Caught>;
}

/**
 * A seed is searched in rounds, up to these cases. A variant drops out once all its expected properties are violated.
 */
const ROUNDS = [50, 500];

type Firsts = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * Returns a row for each variant. One search per seed is enough for all properties: it finds, for each property, the
 * case that a search for this property alone would find. The reason: no property changes the machine, a run keeps the
 * first violation of each property and continues for the others, and a crash ends the program for all properties alike.
 */
export async function matrix<View>(suite: Suite<View>, pool: Pool, wanted: MatrixWanted): Promise<MatrixRow[]> {
  const { seeds, variants, progress, stopped } = wanted;
  const by_seed: Firsts[] = [];
  const told = new Set<string>();
  for (const [nth, seed] of seeds.entries()) {
    progress(`seed ${nth + 1} of ${seeds.length}`, 'seeds', nth, seeds.length);
    const firsts = await search_one(suite, pool, wanted, seed, (variant, property, index) => {
      const key = `${variant} ${property}`;
      if (!told.has(key)) wanted.caught?.(variant, property, { seed, index });
      told.add(key);
    });
    if (stopped()) break;
    by_seed.push(firsts);
  }
  const lengths = seeds.slice(0, by_seed.length).map((seed, i) => commands_by_case(suite, seed, by_seed[i] as Firsts));
  const rows: MatrixRow[] = [];
  for (const [nth, variant] of variants.entries()) {
    progress(`proving that ${variant}'s programs are minimal`, 'proofs', nth, variants.length);
    const proven = stopped() ? [] : await certified(suite, pool, wanted, variant, by_seed);
    const caught_by = new Map<string, Caught>();
    for (const property of suite.properties.keys()) {
      const cases = by_seed.map((firsts) => firsts.get(variant)?.get(property) ?? null);
      if (cases.every((index) => index === null)) continue;
      const shortest = proven.filter((one) => one.property === property);
      caught_by.set(property, {
        programs: cases.map((index) => (index === null ? null : index + 1)),
        commands: cases.map((index, seed) => (index === null ? null : (lengths[seed]?.[index] ?? null))),
        shortest: shortest[0] ?? null,
        one_text: new Set(shortest.map(({ program }) => one_line(suite, program))).size <= 1,
      });
    }
    rows.push({ variant, caught_by });
  }
  return rows;
}

/** By variant and property, the first case under this seed that violates it. */
async function search_one<View>(
  suite: Suite<View>,
  pool: Pool,
  wanted: MatrixWanted,
  seed: string,
  tell: (variant: string, property: string, index: number) => void,
): Promise<Firsts> {
  const found = new Map<string, Map<string, number>>(wanted.variants.map((variant) => [variant, new Map()]));
  const hung = new Set<string>();
  let from = 0;
  for (const end of [...ROUNDS.filter((cases) => cases < wanted.cases), wanted.cases]) {
    const variants = wanted.variants.filter((name) => {
      const violates = suite.variants.get(name)?.violates ?? [];
      // Nothing is expected of a user's own implementation, so all of its programs are run.
      const open = violates.length === 0 || violates.some((property) => !found.get(name)?.has(property));
      return !hung.has(name) && (from === 0 || open);
    });
    if (variants.length === 0 || wanted.stopped()) break;
    const shards = Array.from({ length: pool.size }, (_, nth): Shard => {
      return { variants, seed, first: from + nth, of: pool.size, cases: end, until: Number.POSITIVE_INFINITY };
    });
    const parts = await Promise.all(shards.map((shard) => run_or_end(suite, pool, shard)));
    for (const variant of variants) {
      const hang = Math.min(...parts.map(({ hangs }) => hangs[variant] ?? Number.POSITIVE_INFINITY));
      const results = parts.flatMap(({ results }) => results[variant] ?? []);
      const firsts = first_cases(suite, results, Number.isFinite(hang) ? hang : null);
      const known = found.get(variant);
      for (const [property, index] of firsts) {
        if (known?.has(property)) continue;
        known?.set(property, index);
        tell(variant, property, index);
      }
      // Which cases ran after a case that hangs depends on the threads.
      if (Number.isFinite(hang)) hung.add(variant);
    }
    from = end;
  }
  return found;
}

/** By case, the number of commands of all programs up to it. The list ends at the last case that found something. */
function commands_by_case<View>(suite: Suite<View>, seed: string, firsts: Firsts): number[] {
  const last = Math.max(-1, ...[...firsts.values()].flatMap((cases) => [...cases.values()]));
  const sums: number[] = [];
  for (let index = 0; index <= last; index++) {
    sums.push((sums.at(-1) ?? 0) + suite.programs.length(random_of_case(seed, index)));
  }
  return sums;
}

/** Counterexamples of a variant: for each property under the first seed that finds it, or under all seeds. */
async function certified<View>(
  suite: Suite<View>,
  pool: Pool,
  { certify, seeds, transitions, proven: tell }: MatrixWanted,
  variant: string,
  by_seed: readonly Firsts[],
): Promise<Counterexample[]> {
  const proven: Counterexample[] = [];
  if (certify === 'none') return proven;
  for (const [nth, firsts] of by_seed.entries()) {
    const cases = new Map(firsts.get(variant));
    if (certify === 'first') for (const { property } of proven) cases.delete(property);
    const seed = seeds[nth] ?? '';
    const found = await prove(suite, pool, variant, seed, cases, transitions);
    for (const one of found) tell?.(variant, one, { seed, index: cases.get(one.property) ?? 0 });
    proven.push(...found);
  }
  return proven;
}

/** The median and the largest of several numbers. Null where the result would be a missing number. */
export function median_and_worst(numbers: readonly (number | null)[]): [number | null, number | null] {
  const sorted = numbers.map((one) => one ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const at = (index: number) => {
    const number = sorted[index];
    return number === undefined || !Number.isFinite(number) ? null : number;
  };
  return [at(Math.floor(sorted.length / 2)), at(sorted.length - 1)];
}
