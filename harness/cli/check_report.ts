/** What `check` says of a campaign over one implementation: lines for a reader, or rows for `--json`. */
import type { Campaign, CampaignFinding } from '../campaign/search';
import { case_text } from '../program/case';
import { program_texts } from '../program/text';
import type { Power, Suite, VariantInfo } from '../suite';
import type { Call } from './cli';
import { by_program, counterexample_report, known_line } from './counterexample_report';
import type { FindProof } from './known_proof';
import { told } from './never_asked';
import { power_fields, power_lines } from './power';
import { shell_word } from './start_again';

/** The call, and the name of the user's own implementation if it has one. */
export interface Origin {
  readonly call: Call;
  readonly own: string | null;
  /** What starts the program here: see start_of(). */
  readonly start: string;
  /** How wide lines may be. */
  readonly width: number;
  readonly proof: FindProof;
}

export const unexpected = ({ violates }: VariantInfo, { findings }: Campaign) =>
  findings.filter(({ property }) => !violates.includes(property));
export const missing = ({ violates }: VariantInfo, { findings }: Campaign) =>
  violates.filter((name) => !findings.some(({ property }) => property === name));

/** Time ran out before the first program: nothing can be said. */
const is_empty = ({ programs, findings }: Campaign): boolean => programs === 0 && findings.length === 0;

export function as_expected(variant: VariantInfo, campaign: Campaign): boolean {
  if (is_empty(campaign)) return false;
  return [unexpected(variant, campaign), missing(variant, campaign), campaign.unreached].every(
    (all) => all.length === 0,
  );
}

/** One object for each property that was expected to break or did; for a conforming variant, one for each property. */
export function rows<View>(suite: Suite<View>, variant: VariantInfo, campaign: Campaign, power: Power | null) {
  const { seed, programs, commands, seconds, findings, called, counted } = campaign;
  const judged = variant.violates.length === 0 ? [...suite.properties.keys()] : variant.violates;
  const names = new Set([...judged, ...findings.map(({ property }) => property)]);
  return [...names].map((property) => {
    const found = findings.find((one) => one.property === property);
    return {
      variant: variant.name,
      property,
      expected: variant.violates.includes(property) ? 'violates' : 'conforms',
      verdict: found ? 'violates' : is_empty(campaign) ? 'untried' : 'conforms',
      program: found ? program_texts(suite.commands, found.program) : null,
      length: found ? found.program.length : null,
      certified: found ? found.certificate.certified : null,
      seed,
      case: found ? found.case : null,
      programs: found ? found.programs : programs,
      commands: found ? found.commands : commands,
      ...(found && { broken_in: found.broken_in }),
      seconds,
      ...(variant.calls && { called, counted, uncalled: campaign.uncalled }),
      ...(power && { power: power_fields(power, programs) }),
    };
  });
}

const INDENT = 2;

/** Silence is worth something only where an implementation is to be silent, and is. */
export const has_power = ({ violates }: VariantInfo, campaign: Campaign): boolean =>
  violates.length === 0 && campaign.findings.length === 0 && !is_empty(campaign);

export function campaign_report<View>(
  suite: Suite<View>,
  variant: VariantInfo,
  campaign: Campaign,
  power: Power | null,
  origin: Origin,
): string[] {
  const { programs, commands, seconds, findings } = campaign;
  const rate = Math.round(commands / Math.max(seconds, 0.001) / 1000);
  const verdict = as_expected(variant, campaign) ? 'as expected' : 'NOT AS EXPECTED';
  const held = is_empty(campaign) ? 'nothing was tried' : 'conforms';
  const did = findings.length === 0 ? held : `violates ${findings.length}`;
  const lines = ['', `${variant.name}: ${did}, ${verdict} (${programs} programs, ${commands} commands, ${rate} k/s)`];
  const base = suite.base_beside(variant.name);
  if (base !== null) lines.push(`  BESIDE    ${base}: what it breaks by itself, after the same command, is left out`);
  lines.push(...wrong_lines(suite, variant, campaign));
  lines.push(...called_lines(variant, campaign));
  if (power) lines.push(...power_lines(power, programs));
  for (const same of by_program(suite, findings)) {
    const told = [
      ...counterexample_report(suite, same, (one) => origin.proof(variant.name, one), origin.width - INDENT),
      known_line(variant, properties_of(same)),
      ...often_lines(campaign, same),
      ...next_lines(variant, campaign, same, origin),
    ];
    lines.push('', ...told.map((line) => `  ${line}`.trimEnd()));
  }
  return lines;
}

/** What is not as expected, a line each. */
export function wrong_lines<View>(suite: Suite<View>, variant: VariantInfo, campaign: Campaign): string[] {
  const lines = missing(variant, campaign).map((name) => {
    const why = suite.properties.has(name) ? 'expected to break, and did not' : 'no property has this name (see list)';
    return `  MISSING   ${name}: ${why}`;
  });
  if (is_empty(campaign)) lines.push('  UNTRIED   no program was run');
  return [
    ...lines,
    ...campaign.unreached.map((name) => `  ${unreached_line(name)}`),
    ...unexpected(variant, campaign).map(({ property }) => `  UNEXPECTED ${property}`),
  ];
}

const properties_of = (findings: readonly CampaignFinding[]) => findings.map(({ property }) => property);

/** In how many programs of the campaign each of these properties broke. */
const often_lines = ({ programs }: Campaign, findings: readonly CampaignFinding[]): string[] =>
  findings
    .filter(({ broken_in }) => broken_in !== null)
    .map(({ property, broken_in }) => `often   ${property}: in ${broken_in} of ${programs} programs`);

/** How often each entry that is replaced was asked: what follows is said of those that were. */
const called_lines = ({ calls }: VariantInfo, { called, counted }: Campaign): string[] =>
  Object.entries(called).map(([name, { times, programs }]) => {
    const how = (calls?.get(name)?.how ?? 'called').padEnd(8);
    return `  ${how} ${name} ${times} times in ${programs} of ${counted} programs`;
  });

/** One line, if something was never called: what, and whether more programs may help. */
export function uncalled_lines<View>(
  suite: Suite<View>,
  variant: VariantInfo,
  { uncalled, counted }: Campaign,
): string[] {
  if (uncalled.length === 0) return [];
  const who = told(suite, variant.name, uncalled).replaceAll('in some programs', 'in some programs: try more --cases');
  return [`${variant.name}: entries that it replaces were never called in ${counted} programs: ${who}`];
}

export const unreached_line = (name: string) =>
  `UNREACHED ${name}: the search did not reach this goal, so a pass proves little`;

/** What to call next: the line that finds it again, and the one that keeps it. */
function next_lines(
  { name }: VariantInfo,
  { seed }: Campaign,
  [first]: readonly CampaignFinding[],
  { call, own, start }: Origin,
): string[] {
  if (!first) return [];
  const file = name === own ? call.text('implementation') : undefined;
  const of = file === undefined ? `--variant ${name}` : `--implementation ${shell_word(file)}`;
  const again = `${start} shrink ${shell_word(case_text({ seed, index: first.case }))} ${of} --property ${first.property}`;
  return [`again   ${again}`, `keep    ${again} --save NAME`];
}
