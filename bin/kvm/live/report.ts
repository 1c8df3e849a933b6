/** What is told of a search on a real kernel. */

import { table } from '../../../harness/cli/table';
import { case_text } from '../../../harness/program/case';
import { program_texts } from '../../../harness/program/text';
import { COMMANDS } from '../../../models/catalogue/catalogue';
import type { Seen } from '../../../models/live/seen';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { type Campaign, is_flake, type LiveFinding } from './campaign';
import type { Run, Target } from './target';

/** The numbers after each command beside what the reference says. */
export function live_table({ program, seen }: Run, without: readonly string[] = []): string[] {
  const texts = program_texts(COMMANDS, program);
  return table(
    seen.map((one, i) => {
      return {
        command: texts[i] ?? '',
        ...row_of(one),
        ...(without.length > 0 ? { 'without it': without[i] ?? '' } : {}),
      };
    }),
  );
}

function row_of({ before, after, want, complaint, failure, skipped }: Seen): Record<string, string> {
  const numbers = after ?? null;
  const [small = '', mid = '', large = ''] = numbers?.pages.map(String) ?? [];
  const others = [skipped && `cannot: ${skipped}`, complaint, failure].filter((text) => text);
  const reference = want
    ? `${want.splits}: ${want.pages.join('/')}`
    : others.length > 0
      ? ''
      : 'no more: they have parted';
  return {
    nx_lpage_splits: numbers ? String(numbers.splits) : '',
    '4K': small,
    '2M': mid,
    '1G': large,
    flushes: numbers ? `+${numbers.flushes - before.flushes}` : '',
    'reference says': others.length > 0 ? others.join('; ') : reference,
  };
}

/** A finding: its table, the claim, got and want, and how sure it is. */
export function story_of(target: Target, finding: LiveFinding, without: readonly string[], seed: string): string[] {
  const { property, found, run, again, replays, known, index, count } = finding;
  const lines = live_table(run, without);
  lines.push(`broken  ${property}: ${LIVE_CLAIMS.get(property)?.claim}`);
  lines.push(`got     ${found.breach.got}`, `want    ${found.breach.want}`);
  if (is_flake(finding)) lines.push(`FLAKE   broken in ${again} of ${replays} replays: no verdict`);
  else lines.push(`seen    in ${again} of ${replays} replays; no command can be left out, no argument be simpler`);
  if (run.answer.death) lines.push(...run.answer.death.console.map((line) => `console ${line}`));
  for (const { complaint } of run.seen) if (complaint) lines.push(`log     ${complaint}`);
  if (known !== null) lines.push(`known   regression ${known}`);
  if (index !== null) lines.push(`found   ${case_text({ seed, index })}, ${count} programs of the search break it`);
  lines.push(`kernel  ${target.machine.hello.release}`, ...again_lines(index, seed));
  return lines;
}

/** What to call next: the case that broke it, command by command. */
const again_lines = (index: number | null, seed: string): string[] =>
  index === null ? [] : [`again   the same call with --program ${case_text({ seed, index })}`];

/** New findings first. */
export const in_order = (findings: readonly LiveFinding[]): LiveFinding[] =>
  [...findings].sort((a, b) => Number(a.known !== null) - Number(b.known !== null));

const listing = (title: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`  ${title}: ${names.join(', ')}`];

export function summary(target: Target, campaign: Campaign): string[] {
  const { regressions, programs, commands, seconds, unusable, skipped, not_shrunk } = campaign;
  const { listed, gone, hold, foreign, unlisted } = regressions;
  const { version } = target.machine.hello;
  const rate = (n: number) => (n / Math.max(seconds, 0.001)).toFixed(1);
  return [
    `regressions: ${listed.length} break as listed for ${version}, ${hold.length} hold, ${foreign.length} do not apply to these slots`,
    ...listing(`no longer broken, though listed for ${version}`, gone),
    ...listing('broken by what is not listed for them', unlisted),
    `search: ${programs} programs, ${commands} commands, ${seconds.toFixed(1)} s (${rate(commands)} commands/s, ${rate(programs)} programs/s, shrinking included)`,
    ...[...skipped].map(([why, n]) => `  left out: ${n} commands, ${why}`),
    ...[...unusable].map(([why, n]) => `  not judged: ${n} programs, ${why}`),
    ...[...not_shrunk].map(([property, n]) => `  not shrunk: ${n} more programs that break ${property}`),
  ];
}

/** A program of the user's own: what was read after each command, and what it breaks. */
export function row_of_program({ machine, contract_name }: Target, { program, seen, found, answer }: Run): object {
  const texts = program_texts(COMMANDS, program);
  return {
    kernel: machine.hello.release,
    contract: contract_name,
    steps: seen.map((one, i) => ({ command: texts[i] ?? '', ...row_of(one) })),
    broken: found.map(({ property, breach, step }) => ({ property, command: step + 1, ...breach })),
    death: answer.death,
  };
}

/** One object a finding; one for a search without any. */
export function rows_of(target: Target, campaign: Campaign, seed: string): object[] {
  const { machine, contract_name } = target;
  const row = (finding: LiveFinding | null) => {
    return {
      kernel: machine.hello.release,
      contract: contract_name,
      verdict: !finding ? 'holds' : is_flake(finding) ? 'flaky' : 'violates',
      property: finding?.property ?? null,
      program: finding ? program_texts(COMMANDS, finding.run.program) : null,
      length: finding?.run.program.length ?? null,
      known: finding?.known ?? null,
      seed,
      case: finding?.index ?? null,
      programs: finding?.programs ?? campaign.programs,
      commands: finding?.commands ?? campaign.commands,
      seconds: finding?.seconds ?? campaign.seconds,
      boot_seconds: machine.boot_seconds,
    };
  };
  return campaign.findings.length === 0 ? [row(null)] : in_order(campaign.findings).map(row);
}
