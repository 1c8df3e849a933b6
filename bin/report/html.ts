/** `--html FILE`: what a command has found, as one page, complete in itself. */

import { frequency_in } from '../../harness/campaign/frequency';
import type { Campaign, CampaignFinding } from '../../harness/campaign/search';
import { as_expected, missing, unexpected } from '../../harness/cli/check_report';
import type { CliCommand, Terminal } from '../../harness/cli/cli';
import { by_program } from '../../harness/cli/counterexample_report';
import type { Option } from '../../harness/cli/options';
import { check_replaceable, replace_file } from '../../harness/files/save';
import { program_texts } from '../../harness/program/text';
import type { VariantInfo } from '../../harness/suite';
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
        lines.push(line_of(expected, campaign));
        shown.push(...shown_of(campaign, expected.violates));
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

function line_of(expected: VariantInfo, campaign: Campaign): Line {
  const { programs, commands, findings } = campaign;
  const names = findings.map(({ property }) => property);
  return {
    variant: expected.name,
    kind: expected.kind,
    as_expected: as_expected(expected, campaign),
    known: names.filter((name) => expected.violates.includes(name)),
    new: unexpected(expected, campaign).map(({ property }) => property),
    missing: missing(expected, campaign),
    programs,
    commands,
  };
}

/** One for each program: several properties may break by the same. */
function shown_of({ variant, findings }: Campaign, expected: readonly string[]): Shown[] {
  return by_program(SUITE, findings).map((same): Shown => {
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
function spread_of({ seed, programs: run }: Campaign): Spread {
  const { programs, commands } = frequency_in(SUITE, seed, Math.min(run, SPREAD_OVER));
  const counts = commands.map(({ commands: [name = ''], programs: n, times }) => ({ name, programs: n, times }));
  return { programs, commands: counts.sort((a, b) => b.programs - a.programs) };
}
