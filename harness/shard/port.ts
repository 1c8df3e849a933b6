/**
 * A search behind a port in shards: each runs the regressions and its cases, and keeps what ran. Whoever puts the shards together
 * searches again, but finds all runs there. Of a case that breaks nothing new little is kept.
 */
import { z } from 'zod';
import { type PortSearch, search_port } from '../campaign/port';
import { case_key, confirm_found, purposes_of, shrink_found } from '../campaign/port_work';
import type { Runner } from '../campaign/runner';
import { CallError } from '../errors';
import type { Program } from '../program/command';
import { program_texts } from '../program/text';
import type { Work } from '../program/work';
import { each_case } from '../run/cases';
import type { Judged } from '../run/ran';
import type { Suite } from '../suite';
import { BREACH } from './counterexample';
import { result_in } from './outcome';
import type { Part } from './part';
import type { Share } from './share';

const COUNT = z.int().min(0);
const CASE = z.object({
  commands: COUNT,
  undecided: COUNT.optional(),
  unusable: z.string().nullable().optional(),
  skipped: z.record(z.string(), COUNT).optional(),
  /** What it broke, and the name of what is known to break it before it is shrunk. */
  found: z
    .array(z.object({ property: z.string(), step: COUNT, breach: BREACH, told: z.string().nullable() }))
    .optional(),
  /** All of it, if it was shrunk. */
  run: z.unknown().optional(),
});
type KeptCase = z.infer<typeof CASE>;

/** A shard shrinks this many times as many programs of a property as the whole search: not all of them count there. */
const AT_MOST = 2;

/** How the runs of a machine are written down. */
export interface Written<R> {
  write(ran: R): unknown;
  read(data: unknown, program: Program): R | Promise<R>;
  /** A run of which only the verdicts are known. */
  verdicts(judged: Judged): R;
}

/** What a shard keeps of what it was asked. */
export type Keep = (key: string, result: unknown) => void;

/**
 * A share of a search. It shrinks whatever the whole search may have to shrink: it cannot know what the other shards find
 * before it. `ran` hears of each run of a case.
 */
export function* share_of_port<R extends Judged>(
  runner: Runner<R>,
  wanted: PortSearch<R>,
  share: Share,
  written: Written<R>,
  keep: Keep,
): Work<R, number> {
  const runs: unknown[] = [];
  let key: string | null = null;
  const flush = () => {
    if (key !== null && !kept.has(key)) keep(key, runs.slice());
    if (key !== null) kept.add(key);
    runs.length = 0;
    key = null;
  };
  const kept = new Set<string>();
  const at = (next: string) => {
    flush();
    key = next;
  };
  function* noted<T>(work: Work<R, T>): Work<R, T> {
    let step = work.next();
    while (!step.done) {
      const ran: R = yield step.value;
      runs.push(written.write(ran));
      step = work.next(ran);
    }
    flush();
    return step.value;
  }
  const working = { runner, wanted: { ...wanted, at } };
  const replayed = yield* noted(search_port(runner, { ...wanted, at, cases: 0 }));
  if (replayed.failure) throw replayed.failure;
  if (replayed.broken_off !== null) throw new CallError(`the search was broken off: ${replayed.broken_off}`);
  const by_regressions = new Set(replayed.findings.map(({ known }) => known));
  const by_cases = new Set<string>();
  const fresh = new Map<string, Set<string>>();
  const told_of = new Set<string>();
  let programs = 0;

  function* look(ran: R, index: number): Work<R, void> {
    programs++;
    wanted.record(ran);
    let shrunk_any = false;
    const found: KeptCase['found'] = [];
    for (const one of ran.found) {
      const { property, step, breach } = one;
      const upto_breach = runner.upto(ran, step);
      const told = runner.known(property, upto_breach, wanted.regressions);
      found.push({ property, step, breach, told });
      if (told !== null && (by_regressions.has(told) || by_cases.has(`${told} ${property}`))) continue;
      const news = fresh.get(property) ?? new Set();
      fresh.set(property, news);
      if (news.size >= AT_MOST * runner.shrunk_at_most || wanted.stop.aborted) continue;
      shrunk_any = true;
      wanted.progress(`shrinking a program of ${step + 1} commands that breaks ${property}`);
      const sight = { property, case: index, known: told, slow: runner.costly(ran) ? breach : null };
      wanted.tell?.({ ...sight, program: upto_breach.program });
      const first = { ran: upto_breach, found: one };
      const { shrunk } = yield* noted(shrink_found(working, first, runner.costly(ran)));
      const known = runner.known(property, shrunk.ran, wanted.regressions);
      // What counts here counts in the whole search, too, whatever that has found before: of violations at one step, only the
      // first is looked at there in any case.
      const first_at_step = ran.found.find((other) => other.step === step) === one;
      if (told !== null && known === told && first_at_step) by_cases.add(`${told} ${property}`);
      if (told === null && known === null && first_at_step) news.add(runner.canonical_text(shrunk.ran.program));
      const steps = runner.steps(shrunk.ran, shrunk.found);
      const { program } = shrunk.ran;
      const text = JSON.stringify([property, program]);
      if (told_of.has(text)) continue;
      told_of.add(text);
      wanted.tell?.({ ...sight, program, known, slow: null });
      yield* noted(confirm_found(working, shrunk));
      if (!runner.costly(shrunk.ran)) yield* noted(purposes_of(working, { program, property, steps }));
    }
    keep(case_key(index), case_texts(ran, found, shrunk_any ? written.write(ran) : undefined));
  }
  const draw = (index: number) => {
    wanted.progress(`${programs} programs, case ${index} of ${wanted.cases}`);
    return runner.draw(wanted.seed, index);
  };
  const { cases, stop } = wanted;
  yield* each_case({ first: share.index, of: share.of, cases, draw, stopped: () => stop.aborted }, look);
  return programs;
}

function case_texts(
  { commands, undecided = 0, unusable, skipped }: Judged,
  found: NonNullable<KeptCase['found']>,
  run: unknown,
): KeptCase {
  const reasons: Record<string, number> = {};
  for (const why of skipped) reasons[why] = (reasons[why] ?? 0) + 1;
  return {
    commands,
    ...(undecided > 0 && { undecided }),
    ...(unusable !== null && { unusable }),
    ...(skipped.length > 0 && { skipped: reasons }),
    ...(found.length > 0 && { found }),
    ...(run !== undefined && { run }),
  };
}

/** A runner that finds in shards what was run there, and what its search must tell it. */
export interface FromShards<R extends Judged> {
  readonly runner: Runner<R>;
  readonly hooks: Required<Pick<PortSearch<R>, 'at' | 'out'>>;
}

export function from_shards<View, R extends Judged>(
  { commands }: Suite<View>,
  runner: Runner<R>,
  parts: readonly Part[],
  written: Written<R>,
): FromShards<R> {
  const verdicts = new WeakMap<R, ReadonlyMap<string, string | null>>();
  let key = '';
  let part: Part | undefined;
  let runs: readonly unknown[] = [];
  let next = 0;
  const missing = (program: Program) =>
    new CallError(`no shard has run what is to be run now (${key}): ${program_texts(commands, program).join('; ')}`);

  function of_case(program: Program, of: Part): R | Promise<R> {
    const { skipped = {}, found = [], undecided = 0, unusable = null, run, ...rest } = result_in(of, key, CASE);
    if (run !== undefined) return written.read(run, program);
    const reasons = Object.entries(skipped).flatMap(([why, n]) => Array.from({ length: n }, () => why));
    const without = found.map(({ told, ...one }) => one);
    const ran = written.verdicts({ ...rest, program, found: without, undecided, unusable, skipped: reasons });
    verdicts.set(ran, new Map(found.map(({ property, told }) => [property, told])));
    return ran;
  }
  return {
    hooks: {
      at(now) {
        key = now;
        part = parts.find(({ results }) => results.has(now));
        const kept = part?.results.get(now);
        runs = Array.isArray(kept) ? kept : [];
        next = 0;
      },
      out: () => next >= runs.length,
    },
    runner: {
      ...runner,
      at_once: 1,
      run(program) {
        if (!part) throw missing(program);
        if (key.startsWith('case ')) return of_case(program, part);
        if (next >= runs.length) throw missing(program);
        return written.read(runs[next++], program);
      },
      known: (property, ran, regressions) => {
        const told = verdicts.get(ran)?.get(property);
        return told === undefined ? runner.known(property, ran, regressions) : told;
      },
      upto(ran, step) {
        const cut = runner.upto(ran, step);
        const told = verdicts.get(ran);
        if (told) verdicts.set(cut, told);
        return cut;
      },
    },
  };
}
