import type { Goal, Property } from './property';
import { reach, run } from './run';
import { random_of_case } from './seed';
import type { Suite } from './suite';

/** A part of a campaign: of its cases, every `of`-th from `first` on. A case depends on seed and number alone. */
export interface Shard {
  readonly variant: string;
  readonly seed: string;
  readonly cases: number;
  readonly first: number;
  readonly of: number;
  /** Look for the goals, too. */
  readonly goals: boolean;
}

/** What a shard brought: plain data, so that it can cross threads. */
export interface ShardResult {
  readonly commands: number;
  /** By property, the first case of the shard that breaks it. */
  readonly broken: Readonly<Record<string, number>>;
  readonly unreached: readonly string[];
}

/** Runs a shard. Each property stands alone: after its first breach the search goes on for the others. */
export function run_shard<View>(suite: Suite<View>, { variant, seed, cases, first, of, goals }: Shard): ShardResult {
  const open: Set<Goal<View>> = new Set(goals ? suite.goals.values() : []);
  let intact: Property<View>[] = [...suite.properties.values()];
  const broken: Record<string, number> = {};
  let commands = 0;
  for (let index = first; index < cases; index += of) {
    const program = suite.programs.draw(random_of_case(seed, index));
    commands += program.length;
    for (const { property } of run(suite.start(variant), program, intact)) {
      broken[property] = index;
      intact = intact.filter(({ name }) => name !== property);
    }
    if (open.size > 0) reach(suite.start(variant), program, open);
  }
  return { commands, broken, unreached: [...open].map(({ name }) => name) };
}
