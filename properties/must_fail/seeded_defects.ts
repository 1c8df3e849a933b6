/**
 * The power of a search that finds nothing: after how many random programs each defect that is seeded in a baseline was
 * found, as measured.
 */
import { known } from '../../harness/errors';
import type { Program } from '../../harness/program/command';
import { run } from '../../harness/run/run';
import type { Session } from '../../harness/run/session';
import type { Power } from '../../harness/suite';
import { VARIANTS } from '../../models/catalogue/catalogue';
import type { View } from '../../models/lockstep/session';
import { start_session } from '../../models/lockstep/session';
import { SMALL_WORLD } from '../../models/world/world';
import { CLAIMS } from '../claims';
import { TEST_BED } from '../expectation';
import measured from './power.json';
import { SEEDED_FAULTS } from './seeded_faults';

/** A baseline with one defect in it: a defect of the catalogue, or a seeded fault. */
export interface SeededDefect {
  readonly baseline: string;
  readonly name: string;
  start(): Session<View>;
}

const of_catalogue = (): SeededDefect[] =>
  [...VARIANTS.values()]
    .filter(({ kind, base }) => kind === 'defect' && VARIANTS.get(base ?? '')?.kind === 'baseline')
    .map((variant) => ({
      baseline: variant.base ?? '',
      name: variant.name,
      start: () => start_session(variant, SMALL_WORLD),
    }));

/** All seeded defects of all baselines that random programs may find: those that run in the default world. */
export const seeded_defects = (): SeededDefect[] => [
  ...of_catalogue(),
  ...SEEDED_FAULTS.filter(({ world }) => world === undefined).flatMap((fault) =>
    fault.on.map((baseline) => ({ baseline, name: fault.name, start: () => TEST_BED.start(baseline, fault) })),
  ),
];

/**
 * For each defect, the number of programs of `draw` up to and including the first that violates any property; null if
 * none of `cases` programs does.
 */
export function programs_until_found(
  defects: readonly SeededDefect[],
  draw: (index: number) => Program,
  cases: number,
): (number | null)[] {
  const found = defects.map((): number | null => null);
  const claims = [...CLAIMS.values()];
  for (let index = 0; index < cases && found.includes(null); index++) {
    const program = draw(index);
    for (const [nth, { start }] of defects.entries()) {
      if (found[nth] === null && run(start(), program, claims).length > 0) found[nth] = index + 1;
    }
  }
  return found;
}

const TABLE: Readonly<Record<string, Readonly<Record<string, readonly (number | null)[]>>>> = measured.programs;

/** The seeds and the limit with which `power.json` was measured. */
export const MEASURED_WITH: { readonly seeds: readonly string[]; readonly cases: number } = measured;

/** The baseline itself, or the one on which a variant is built. */
function baseline_of(name: string | null): string | null {
  if (name === null) return null;
  const { kind, base } = known('variant', name, VARIANTS);
  return kind === 'baseline' ? name : baseline_of(base);
}

/** The measured power on the baseline of this variant; null if it has no baseline, or no defect is seeded in that. */
export function power_of(variant: string): Power | null {
  const baseline = baseline_of(variant);
  const programs = TABLE[baseline ?? ''];
  if (baseline === null || programs === undefined) return null;
  return { baseline, cases: MEASURED_WITH.cases, seeds: MEASURED_WITH.seeds.length, programs };
}
