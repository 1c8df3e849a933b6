/** What a campaign that has found nothing is worth: lines after `conforms`, and a field of `--json`. */
import { median_of, type PowerOf, power_of_programs, type Worth } from '../power';
import type { Power } from '../suite';

const times = (programs: number | null): string =>
  programs === 1 ? '1 program' : programs === null ? 'more programs than were tried' : `${programs} programs`;

/** A line, and one for the rarest of what is missed. */
export function power_lines(power: Power, programs: number): string[] {
  const worth = power_of_programs(power, programs);
  const { baseline, defects, found, missed } = worth;
  const head = `  POWER     ${times(programs)} find ${found.length} of ${defects} defects seeded in ${baseline}`;
  const rarest = found.at(-1);
  const how = rarest
    ? `; half of these within ${median_of(found)}, the rarest ("${rarest.name}") within ${rarest.programs}`
    : '';
  const [next] = missed;
  const left = next ? [`            next: "${next.name}" takes ${times(next.programs)}`] : [];
  return [`${head}${how}`, ...left];
}

const told = ({ name, programs }: Worth) => ({ name, programs });

/** The same, for `--json`. `programs` of a defect: the median of the seeds; null: beyond what was measured. */
export function power_fields(power: Power, programs: number) {
  const { baseline, defects, found, missed }: PowerOf = power_of_programs(power, programs);
  const rarest = found.at(-1);
  return {
    baseline,
    programs,
    defects,
    found: found.length,
    median: found.length > 0 ? median_of(found) : null,
    rarest: rarest ? told(rarest) : null,
    missed: missed.map(told),
    seeds: power.seeds,
    measured_up_to: power.cases,
  };
}
