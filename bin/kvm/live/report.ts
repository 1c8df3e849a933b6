/** What is told of a search on a real kernel. */

import { in_order, is_flake, type PortCampaign, type Sighting } from '../../../harness/campaign/port_campaign';
import type { Call } from '../../../harness/cli/cli';
import { broken_claim, step_table } from '../../../harness/cli/counterexample_report';
import { counted } from '../../../harness/counted';
import { case_text } from '../../../harness/program/case';
import { program_texts } from '../../../harness/program/text';
import type { Breach } from '../../../harness/run/property';
import { COMMANDS, VARIANTS } from '../../../models/catalogue/catalogue';
import { known_text } from '../../../models/catalogue/known_text';
import { series_of } from '../../../models/catalogue/versions';
import { live_steps } from '../../../models/live/steps';
import type { Run, Target } from '../../../models/live/target';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { SUITE } from '../suite';

type LiveFinding = Sighting<Run>;

/** A finding: its table, the claim, got and want, and how sure it is. */
export function finding_report(target: Target, finding: LiveFinding, seed: string, width?: number): string[] {
  const { found, ran, certificate, steps, again, replays, known, also, case: index, count } = finding;
  const lines = [
    ...step_table(steps, { width, broken: [found], about: SUITE.columns_of }),
    ...broken_claim(LIVE_CLAIMS, found),
  ];
  if (is_flake(finding)) lines.push(`FLAKE   broken in ${again} of ${replays} replays: no verdict`);
  else lines.push(`seen    in ${again} of ${replays} replays; not proven minimal: ${certificate.text}`);
  if (ran.answer.death) lines.push(...ran.answer.death.console.map((line) => `console ${line}`));
  for (const { complaint } of ran.seen) if (complaint) lines.push(`log     ${complaint}`);
  if (known !== null) lines.push(known_line(finding, seed));
  else if (also.length > 0) lines.push(`also    breaks ${also.join(', ')}`);
  if (index !== null) lines.push(`found   ${case_text({ seed, index })}, ${count} programs of the search break it`);
  lines.push(`kernel  ${target.machine.hello.release}`, ...again_lines(index, seed));
  return lines;
}

/** A known finding in one line: which, what it broke, where it came in. */
export function known_line(
  { known, property, also, count, regression, case: index }: LiveFinding,
  seed: string,
): string {
  const replayed = regression === undefined ? 'a regression' : `the regression ${regression}`;
  const first = index === null ? '' : `, ${count === 1 ? '' : 'first '}${case_text({ seed, index })}`;
  const seen = count === 0 ? replayed : `${counted(count, 'program')} of the search${first}`;
  return `known   ${known_text(known ?? '')}; breaks ${[property, ...also].join(', ')}; shown by ${seen}`;
}

/** How much is asked for, in words. */
export function work_text(cases: number, call: Call): string {
  const time = call.text('time');
  const programs = time === undefined || call.text('cases') !== undefined ? `${cases} programs` : 'programs';
  return time === undefined ? programs : `${programs} for ${time}`;
}

/** A violation that is shrunk now, which takes a while: told at once. `of_case` is null for the program of a regression. */
export function met_line(property: string, breach: Breach, commands: number, of_case: string | null): string {
  const where = of_case === null ? 'the program of a regression' : `case ${of_case}`;
  return `met     ${property} in ${where} (${commands} commands): got ${breach.got}; shrinking`;
}

/** A kernel in a line: its release, what it has, how it was set up. */
export function kernel_line({ hello, boot_seconds, fresh }: Target['machine']): string {
  const { release, version, params, nested, tdp_mmu } = hello;
  const mmus = `${tdp_mmu ? 'TDP MMU' : 'no TDP MMU'}, ${nested ? 'nested guests' : 'no nested guests'}`;
  const again = fresh.kind === 'restored' ? `, a fresh start in ${fresh.seconds.toFixed(1)} s` : '';
  return `${release} (Linux ${version}), ${mmus}; ${params}; booted in ${boot_seconds.toFixed(1)} s${again}`;
}

/** Of virtual machines that have no snapshot: why. */
export const fresh_notes = ({ fresh }: Target['machine']): string[] =>
  fresh.kind === 'anew' ? [`note:   each fresh start boots: ${fresh.why}`] : [];

/** A known defect that this kernel does not have any more. */
export const fixed_line = (name: string): string => `fixed   ${name}: ${VARIANTS.get(name)?.title ?? 'no title'}`;

/** Whether the kernel's version is one that was recorded, or only near to it. */
export function nearness({ machine, model }: Target): string {
  const series = series_of(machine.hello.version);
  return model.name.includes(`-${series}`) || model.name === `v${series}` ? '' : `, the nearest to Linux ${series}`;
}

/** What to call next: the case that broke it, command by command. */
const again_lines = (index: number | null, seed: string): string[] => [
  ...(index === null
    ? []
    : [`again   live with this kernel and --program ${case_text({ seed, index })}: all commands of the case`]),
  'again   live with this kernel and --program FILE: this program alone, its commands in FILE, one a line',
];

const listing = (title: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`  ${title}: ${names.join(', ')}`];

export function summary(target: Target, campaign: PortCampaign<Run>): string[] {
  const { regressions, programs, commands, seconds, unusable, skipped, not_shrunk, undecided } = campaign;
  const { listed, gone, hold, foreign, unlisted } = regressions;
  const { version } = target.machine.hello;
  const rate = (n: number) => (n / Math.max(seconds, 0.001)).toFixed(1);
  return [
    `regressions: ${listed.length} break as listed for ${version}, ${hold.length} hold, ${foreign.length} do not apply to these slots`,
    ...listing(`no longer broken, though listed for ${version}`, gone),
    ...listing('broken, by defects that are not listed for this kernel', unlisted),
    `search: ${programs} programs, ${commands} commands, ${seconds.toFixed(1)} s (${rate(commands)} commands/s, ${rate(programs)} programs/s, shrinking included)`,
    ...(undecided > 0
      ? [`  undecided: ${undecided} commands, after passes that could take too many different pages`]
      : []),
    ...[...skipped].map(([why, n]) => `  left out: ${n} commands, ${why}`),
    ...[...unusable].map(([why, n]) => `  not judged: ${n} programs, ${why}`),
    ...[...not_shrunk].map(([property, n]) => `  not shrunk: ${n} more programs that break ${property}`),
  ];
}

/** A program of the user's own: what was read after each command, and what it breaks. */
export function row_of_program({ machine, contract_name }: Target, { program, seen, found, answer }: Run): object {
  return {
    kernel: machine.hello.release,
    contract: contract_name,
    steps: live_steps(program, seen).map(({ command, row }) => ({ command, ...row })),
    broken: found.map(({ property, breach, step }) => ({ property, command: step + 1, ...breach })),
    death: answer.death,
  };
}

/** One object a finding; one for a search without any. */
export function rows_of(target: Target, campaign: PortCampaign<Run>, seed: string): object[] {
  const { machine, contract_name } = target;
  const row = (finding: LiveFinding | null) => {
    return {
      kernel: machine.hello.release,
      contract: contract_name,
      verdict: !finding ? 'holds' : is_flake(finding) ? 'flaky' : 'violates',
      property: finding?.property ?? null,
      program: finding ? program_texts(COMMANDS, finding.program) : null,
      length: finding?.program.length ?? null,
      known: finding?.known ?? null,
      also: finding?.also ?? [],
      fixed: campaign.fixed,
      seed,
      case: finding?.case ?? null,
      programs: finding?.programs ?? campaign.programs,
      commands: finding?.commands ?? campaign.commands,
      touched: machine.touched,
      seconds: finding?.seconds ?? campaign.seconds,
      boot_seconds: machine.boot_seconds,
      fresh_seconds: machine.fresh.kind === 'restored' ? machine.fresh.seconds : null,
      steps: finding?.steps.map(({ command, row, without }) => ({ command, ...row, without_it: without })) ?? null,
    };
  };
  return campaign.findings.length === 0 ? [row(null)] : in_order(campaign.findings).map(row);
}
