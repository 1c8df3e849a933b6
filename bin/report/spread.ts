/** How the random programs of a search are spread: commands, pairs of commands, and goals that they reach. */
import { frequency_in } from '../../harness/campaign/frequency';
import { known } from '../../harness/errors';
import { random_of_case } from '../../harness/generate/seed';
import type { Goal } from '../../harness/run/property';
import { run } from '../../harness/run/run';
import type { View } from '../../models/lockstep/session';
import { SUITE } from '../kvm/suite';
import type { Spread } from '../view/data';

/** Of more programs the spread of commands is the same. */
const COMMANDS_OVER = 200;
/** To find the goals of a program, it must be run. */
const GOALS_OVER = 100;
/** What occurs in a smaller share of the programs is too seldom to be relied on. */
const LEAST = { commands: 0.05, pairs: 0.02, goals: 0.01 } as const;
/** Pairs are many: so many are shown, the least frequent. */
const PAIRS = 20;

/** The programs of a seed are the same for all variants. */
export function spread_of(seed: string, run_in_all: number): Spread[] {
  const { programs, commands, pairs } = frequency_in(SUITE, seed, Math.min(run_in_all, COMMANDS_OVER));
  const seldom = pairs.filter((one) => one.programs < programs * LEAST.pairs).length;
  const over = Math.min(run_in_all, GOALS_OVER);
  return [
    {
      title: 'Commands in the random programs',
      note: `In how many of the first ${programs} programs of seed ${seed} each command is.`,
      programs,
      least: LEAST.commands,
      shares: commands.map(({ commands: [name = ''], programs: n }) => ({ name, programs: n })),
    },
    {
      title: 'Pairs of commands that can concern each other',
      note: `The ${PAIRS} least frequent of ${pairs.length}: in how many programs the second comes later than the first. ${seldom} are seldom.`,
      programs,
      least: LEAST.pairs,
      shares: pairs
        .slice(0, PAIRS)
        .map(({ commands: names, programs: n }) => ({ name: names.join(' … '), programs: n })),
    },
    {
      title: 'Goals that the programs reach',
      note: `In how many of the first ${over} programs each is reached, on ${CONFORMING}.`,
      programs: over,
      least: LEAST.goals,
      shares: goals_in(seed, over),
    },
  ];
}

/** The baseline that programs are drawn for. */
const CONFORMING = 'v6.18';

function goals_in(seed: string, over: number): Spread['shares'] {
  const counts = new Map([...SUITE.goals.keys()].map((name) => [name, 0]));
  const { name } = known('variant', CONFORMING, SUITE.variants);
  for (let index = 0; index < over; index++) {
    const open = new Set<Goal<View>>(SUITE.goals.values());
    run(SUITE.start(name), SUITE.programs.draw(random_of_case(seed, index)), [], { goals: open });
    for (const goal of SUITE.goals.values())
      if (!open.has(goal)) counts.set(goal.name, (counts.get(goal.name) ?? 0) + 1);
  }
  return [...counts].map(([name, programs]) => ({ name, programs })).sort((a, b) => a.programs - b.programs);
}
