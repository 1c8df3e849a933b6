/** What a search on one machine behind a port has found so far. */
import type { Counterexample } from '../certify/certify';
import type { Confirmed } from '../certify/reduce';
import type { Judged } from '../run/ran';
import type { Replays } from './replays';

/** A finding, the run that shows it, and how many replays repeated it. */
export interface Sighting<R extends Judged> extends Counterexample, Confirmed {
  /** The run of the shrunk program. */
  readonly ran: R;
  /** The name of the known defect, or of the regression, that it shows again; null if it is new. */
  readonly known: string | null;
  /** Other properties that the same known defect broke, or the same program. */
  readonly also: readonly string[];
  /** The regression whose program shows it; missing if it was not looked for. */
  readonly regression?: string;
  /** The first case that violated it; null if only the program of a regression did. */
  readonly case: number | null;
  /** Number of programs, and of their commands, that the search had run by then. */
  readonly programs: number;
  readonly commands: number;
  /** Time from the start of the search until the program was shrunk and repeated. */
  readonly seconds: number;
  /** Number of programs of the search that showed it. */
  readonly count: number;
  /** The last case that showed it, or null. */
  readonly last_case: number | null;
}

/** The result of a search behind a port. */
export interface PortCampaign<R extends Judged> {
  findings: Sighting<R>[];
  programs: number;
  commands: number;
  seconds: number;
  /** Number of programs without a verdict, by reason. */
  readonly unusable: Map<string, number>;
  /** Number of commands without a verdict, because more outcomes were right than the judge follows. */
  undecided: number;
  /** Number of commands that the machine cannot do, by reason. */
  readonly skipped: Map<string, number>;
  /** By property, the number of failing programs that were not shrunk, because enough had been shrunk. */
  readonly not_shrunk: Map<string, number>;
  readonly regressions: Replays;
  /** Known defects that this machine does not have: the program of a regression would have shown them, and none did. */
  fixed: string[];
  /** Why the search ended early, if the machine did not start again; otherwise null. */
  broken_off: string | null;
  /** The defect of the harness that ended the search; null if none did. The findings until then are kept. */
  failure: Error | null;
}

/** Whether some replay of the shrunk program did not repeat the violation. Then the finding is flaky and no verdict. */
export const is_flake = ({ again, replays }: Confirmed): boolean => again < replays;

/**
 * Records that another program has shown the finding, perhaps by violating another property. `index`: the case, or null
 * for a regression.
 */
export function seen_again<R extends Judged>(
  campaign: PortCampaign<R>,
  seen: Sighting<R>,
  property: string,
  index: number | null,
): void {
  const also = [seen.property, ...seen.also].includes(property) ? seen.also : [...seen.also, property];
  const counts = index !== null && index !== seen.last_case;
  const more = {
    also,
    case: seen.case ?? index,
    count: seen.count + Number(counts),
    last_case: index ?? seen.last_case,
  };
  campaign.findings = campaign.findings.map((one) => (one === seen ? { ...one, ...more } : one));
}

/** Sorts new findings before known ones, and those by name. */
export const in_order = <R extends Judged>(findings: readonly Sighting<R>[]): Sighting<R>[] =>
  [...findings].sort((a, b) => (a.known ?? '').localeCompare(b.known ?? '', 'en', { numeric: true }));
