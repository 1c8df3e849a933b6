/** Two machines are compared: the same programs on both, and what differs is printed. */

import type { Pair } from '../campaign/difference';
import { search_behind_port } from '../campaign/port';
import type { Runner } from '../campaign/runner';
import { CallError } from '../errors';
import { case_text } from '../program/case';
import type { Program } from '../program/command';
import type { Regression } from '../regression/regression';
import type { Judged } from '../run/ran';
import { EXIT, stop_at, type Terminal } from './cli';
import {
  type Compared,
  difference_json,
  difference_lines,
  difference_table,
  difference_verdict,
} from './difference_report';
import type { Journal } from './journal';
import type { Ledger } from './ledger';
import { paced } from './paced';

/** What is compared, in how many programs at most, and until when (milliseconds since 1970). */
export interface Comparison extends Compared {
  readonly cases: number;
  readonly until: number;
  readonly json: boolean;
  /** Regressions whose programs are compared first (default: none). */
  readonly regressions?: readonly Regression[];
  /** A program as texts, a command each. */
  texts(program: Program): readonly string[];
  /** Where nothing differs: what was never compared, a line each. */
  doubts?(): readonly string[];
}

/**
 * Exit code 0 if nothing differs, 1 if something does. Throws what ended the search early, after what was found until then
 * is printed.
 */
export async function compare<R extends Judged>(
  runner: Runner<Pair<R>>,
  comparison: Comparison,
  terminal: Terminal,
  ledger: Ledger,
  journal: Journal,
): Promise<number> {
  const { changed, base, seed, cases, until, regressions = [], json, texts, doubts } = comparison;
  const say = json ? terminal.err : terminal.out;
  const campaign = await search_behind_port(runner, {
    regressions,
    seed,
    cases,
    stop: stop_at(terminal, until),
    now: terminal.now,
    progress: paced(terminal, until),
    record: () => {},
    tell: ({ property, program, case: index }) =>
      journal.keep({
        variant: changed,
        property: `${property} from ${base}`,
        case: index === null ? null : case_text({ seed, index }),
        program: texts(program),
        expected: false,
      }),
  });
  terminal.progress('');
  ledger.ask('programs', Number.isFinite(until) ? Math.max(campaign.programs, 1) : cases);
  ledger.done('programs', campaign.programs);
  for (const [why, n] of campaign.unusable) ledger.doubt(`not compared: ${n} programs, ${why}`);
  if (json) for (const line of difference_json(comparison, campaign, texts)) terminal.out(line);
  else for (const line of difference_lines(comparison, campaign)) terminal.out(line);
  terminal.audience?.table(difference_table(comparison, campaign, texts));
  journal.told();
  if (campaign.failure) throw campaign.failure;
  if (terminal.signal.aborted) {
    say('interrupted: this is what was found so far');
    return EXIT.interrupted;
  }
  if (campaign.broken_off !== null) throw new CallError(`the search was broken off: ${campaign.broken_off}`);
  const same = campaign.findings.length === 0;
  if (same) for (const line of doubts?.() ?? []) ledger.doubt(line);
  say(difference_verdict(comparison, campaign));
  return same ? EXIT.good : EXIT.bad;
}
