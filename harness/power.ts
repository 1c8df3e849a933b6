/** What silence is worth: how many of the defects that were seeded in a baseline so many programs find. */
import type { Power } from './suite';

/** A seeded defect, and the programs until it is found: the median of several seeds; null if that is beyond what was measured. */
export interface Worth {
  readonly name: string;
  readonly programs: number | null;
}

/** What so many programs are worth. */
export interface PowerOf {
  readonly baseline: string;
  readonly defects: number;
  /** Those that are found, the rarest last, and those that are not. */
  readonly found: readonly Worth[];
  readonly missed: readonly Worth[];
}

/** The median; null stands for a number above all others. Of an even number, the upper one of the two. */
function median(numbers: readonly (number | null)[]): number | null {
  const sorted = numbers.map((one) => one ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(middle) ? middle : null;
}

/** What `programs` programs find of the defects of a baseline, at the median of the seeds that were measured. */
export function power_of_programs({ baseline, programs: measured }: Power, programs: number): PowerOf {
  const worth = Object.entries(measured)
    .map(([name, all]): Worth => ({ name, programs: median(all) }))
    .sort((a, b) => (a.programs ?? Number.POSITIVE_INFINITY) - (b.programs ?? Number.POSITIVE_INFINITY));
  const is_found = (one: Worth) => one.programs !== null && one.programs <= programs;
  return {
    baseline,
    defects: worth.length,
    found: worth.filter(is_found),
    missed: worth.filter((one) => !is_found(one)),
  };
}

/** The median of the programs until each is found. */
export const median_of = (worth: readonly Worth[]): number | null => median(worth.map(({ programs }) => programs));
