/** `--html FILE`: what a command has found, as one page, complete in itself. */

import type { Campaign, CampaignFinding } from '../../harness/campaign/search';
import type { CliCommand, Terminal } from '../../harness/cli/cli';
import type { Option } from '../../harness/cli/options';
import { check_replaceable, replace_file } from '../../harness/files/save';
import { random_of_case } from '../../harness/generate/seed';
import type { Program } from '../../harness/program/command';
import { one_line, program_texts } from '../../harness/program/text';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { SUITE } from '../kvm/suite';
import type { Line, Report, Shown, Spread } from '../view/data';
import { page_text } from './page';

const HTML: Option = { value: 'FILE', help: 'a report to look at in a browser: counterexamples, step by step' };

/** The same command with the option. The file is made when the command has ended, all of it or nothing. */
export function with_html(name: string, command: CliCommand): CliCommand {
  return {
    ...command,
    options: { ...command.options, html: HTML },
    async run(call, terminal, ledger, journal) {
      const file = call.text('html');
      if (file === undefined) return command.run(call, terminal, ledger, journal);
      check_replaceable(file);
      const options = Object.keys(command.options).flatMap((option) => {
        const value = call.text(option);
        return value !== undefined ? [`--${option} ${value}`] : call.flag(option) ? [`--${option}`] : [];
      });
      const words = [name, ...call.words, ...options];
      const gathered = gather(`kvm-nx-harness ${words.join(' ')}`);
      const code = await command.run(call, { ...terminal, audience: gathered.audience }, ledger, journal);
      replace_file(file, page_text(gathered.report()));
      terminal.err(`report: ${file}`);
      return code;
    },
  };
}

/** Takes what a command has found, and makes a report of it. */
function gather(call: string): { readonly audience: NonNullable<Terminal['audience']>; report(): Report } {
  const lines: Line[] = [];
  const shown: Shown[] = [];
  let spread: Spread | null = null;
  return {
    audience: {
      campaign(campaign, expected) {
        lines.push(line_of(campaign, expected));
        shown.push(...shown_of(campaign, expected));
        spread ??= spread_of(campaign);
      },
      ran(variant, program, found) {
        const texts = program_texts(SUITE.commands, program);
        const properties = found.map(({ property }) => property);
        const { violates = [], follows = [] } = VARIANTS.get(variant) ?? {};
        const expected = [...violates, ...follows];
        const known = properties.filter((one) => expected.includes(one));
        const fresh = properties.filter((one) => !expected.includes(one));
        lines.push({
          variant,
          kind: VARIANTS.get(variant)?.kind ?? 'own',
          as_expected: fresh.length === 0,
          known,
          new: fresh,
          missing: [],
          programs: 1,
          commands: program.length,
        });
        if (properties.length === 0 && shown.length > 0) return;
        shown.push({
          title: properties.length > 0 ? `${variant} breaks ${properties.join(', ')}` : `${variant} breaks nothing`,
          variant,
          program: texts,
          run: null,
          properties,
          proven: null,
          known: fresh.length === 0,
          without: [],
        });
      },
    },
    report: () => ({ call, notes: [], lines, shown, spread, heat: null }),
  };
}

function line_of({ variant, programs, commands, findings, unreached }: Campaign, expected: readonly string[]): Line {
  const broken = findings.map(({ property }) => property);
  const fresh = broken.filter((name) => !expected.includes(name));
  const missing = expected.filter((name) => !broken.includes(name));
  return {
    variant,
    kind: VARIANTS.get(variant)?.kind ?? 'own',
    as_expected: fresh.length + missing.length + unreached.length === 0 && programs + findings.length > 0,
    known: broken.filter((name) => expected.includes(name)),
    new: fresh,
    missing,
    programs,
    commands,
  };
}

/** One for each program: several properties may break by the same. */
function shown_of({ variant, findings }: Campaign, expected: readonly string[]): Shown[] {
  const groups = new Map<string, CampaignFinding[]>();
  for (const one of findings) {
    const text = one_line(SUITE, one.program);
    groups.set(text, [...(groups.get(text) ?? []), one]);
  }
  return [...groups.values()].map((same): Shown => {
    const [first] = same as [CampaignFinding];
    const properties = same.map(({ property }) => property);
    const { certified, text } = first.certificate;
    return {
      title: `${variant} breaks ${properties.join(', ')}`,
      variant,
      program: program_texts(SUITE.commands, first.program),
      run: null,
      properties,
      proven: { certified, text },
      known: properties.every((name) => expected.includes(name)),
      without: first.steps.map(({ without }) => without),
    };
  });
}

/** Of more programs the spread is the same. */
const SPREAD_OVER = 500;

/** The programs of a seed are the same for all variants. */
function spread_of({ seed, programs }: Campaign): Spread {
  const n = Math.min(programs, SPREAD_OVER);
  const counts = new Map([...SUITE.commands.keys()].map((name) => [name, { name, programs: 0, times: 0 }]));
  for (let i = 0; i < n; i++) {
    const program: Program = SUITE.programs.draw(random_of_case(seed, i));
    for (const { name } of program) (counts.get(name) as { times: number }).times++;
    for (const name of new Set(program.map((command) => command.name)))
      (counts.get(name) as { programs: number }).programs++;
  }
  return { programs: n, commands: [...counts.values()].sort((a, b) => b.programs - a.programs) };
}
