/** Takes what a command has found, and makes a report of it. */

import { is_flake } from '../../harness/campaign/port_campaign';
import type { Campaign, CampaignFinding } from '../../harness/campaign/search';
import type { Counterexample } from '../../harness/certify/certify';
import type { Audience } from '../../harness/cli/audience';
import { as_expected, missing, unexpected } from '../../harness/cli/check_report';
import { by_program, declared_text } from '../../harness/cli/counterexample_report';
import { row } from '../../harness/cli/explore_report';
import { type FindProof, known_proof_text, proofs_in } from '../../harness/cli/known_proof';
import { shell_word } from '../../harness/cli/start_again';
import { case_text } from '../../harness/program/case';
import type { Program } from '../../harness/program/command';
import { one_line, program_texts } from '../../harness/program/text';
import { read_regressions } from '../../harness/regression/regression';
import type { Found } from '../../harness/run/session';
import type { VariantInfo } from '../../harness/suite';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { known_text } from '../../models/catalogue/known_text';
import type { Frame } from '../../models/lockstep/frames';
import { SUITE } from '../kvm/suite';
import type { Broken, DataTable, Heat, Line, Report, Run, Shown, Spread, WorldName } from '../view/data';
import { heat_of_campaigns, heat_of_matrix } from './heat';
import { spread_of } from './spread';

/** A report under way: who is told, and what has come of it. */
export interface Gathered {
  readonly audience: Audience;
  /** The report of a call that has ended with this exit code. */
  report(call: string, code: number): Report;
}

/** `start`: how the program is started, as `npm start --`. */
export function gather(start: string): Gathered {
  const lines: Line[] = [];
  const shown: Shown[] = [];
  const tables: DataTable[] = [];
  const campaigns: Campaign[] = [];
  let heat: Heat | null = null;
  const add_table: Audience['table'] = ({ title, note, rows }) => {
    if (rows.length === 0) return;
    const columns = Object.keys(rows[0] ?? {});
    const cells = rows.map((one) => columns.map((name) => one[name] ?? ''));
    const same = tables.findIndex((one) => one.title === title);
    const before = tables[same];
    if (before) tables[same] = { ...before, rows: [...before.rows, ...cells] };
    else tables.push({ title, note, columns, rows: cells });
  };
  const audience: Audience = {
    campaign(campaign, expected) {
      campaigns.push(campaign);
      lines.push(line_of(expected, campaign));
      shown.push(...shown_of(expected, campaign.findings, (one) => again_text(start, campaign, one)));
    },
    ran(variant, program, found) {
      const { line, shown: one } = ran_of(variant, program, found);
      lines.push(line);
      if (found.length > 0 || shown.length === 0) shown.push(one);
    },
    explored(explored) {
      const { variant, covered, violates, unexpected: fresh, missing: gone, as_expected: good } = explored;
      const names = covered.broken.map(({ property }) => property);
      const known = names.filter((name) => !fresh.includes(name));
      const { kind, source } = about(variant);
      lines.push({ variant, kind, as_expected: good, known, new: fresh, missing: gone, programs: null });
      shown.push(...shown_of({ name: variant, source, violates: [...violates, ...known] }, covered.broken));
      add_table(explored_table(row(SUITE, explored)));
    },
    matrix(rows, seeds) {
      heat = heat_of_matrix(rows, seeds);
      for (const { variant, caught_by } of rows) {
        const { kind, violates, source } = about(variant);
        const names = [...caught_by.keys()];
        const fresh = names.filter((name) => kind !== 'own' && !violates.includes(name));
        const gone = violates.filter((name) => !caught_by.has(name));
        const known = names.filter((name) => !fresh.includes(name));
        const good = fresh.length + gone.length === 0 && names.length > 0;
        lines.push({ variant, kind, as_expected: good, known, new: fresh, missing: gone, programs: null });
        const found = [...caught_by.values()].flatMap(({ shortest }) => shortest ?? []);
        shown.push(...shown_of({ name: variant, source, violates: known }, found));
      }
    },
    searched({ name, model, world, programs, call, seed }, findings, good) {
      const sure = findings.filter((one) => !is_flake(one));
      const of = (is_known: boolean) =>
        sure.filter(({ known }) => (known !== null) === is_known).map(({ property }) => property);
      lines.push({
        variant: name,
        kind: 'kernel',
        as_expected: good,
        known: [...new Set(of(true))],
        new: [...new Set(of(false))],
        missing: [],
        programs,
      });
      for (const one of findings) {
        const { known, property, certificate, program, steps } = one;
        const which = is_flake(one) ? ' in some replays' : '';
        shown.push({
          title: `${name} breaks ${property}${which}${known === null ? '' : ` (${known})`}`,
          variant: model,
          program: program_texts(SUITE.commands, program),
          world: world as WorldName,
          run: null,
          kernel: { name, rows: steps.map((step) => step.row ?? {}), broken: [broken_of(one.found)] },
          properties: [property, ...one.also],
          proven: { certified: certificate.certified, text: certificate.text },
          known: known === null ? null : known_text(known),
          again:
            one.case === null ? null : `${start} ${call} --program ${shell_word(case_text({ seed, index: one.case }))}`,
          without: steps.map(({ without }) => without),
        });
      }
    },
    table: add_table,
    pictured(variant, program, { found, pictures }) {
      const text = one_line(SUITE, program);
      const texts = program_texts(SUITE.commands, program);
      const run: Run = { variant, program: texts, broken: found.map(broken_of), frames: pictures as readonly Frame[] };
      for (const [i, one] of shown.entries())
        if (one.variant === variant && one.program.join('; ') === text) shown[i] = { ...one, run };
    },
  };
  return {
    audience,
    report(call, code) {
      const [first] = campaigns;
      // Drawn where the call names none: it is what finds all of it again.
      const drawn =
        first && !/ --seed /.test(call)
          ? [`The seed is ${first.seed}: --seed ${shell_word(first.seed)} runs the same programs again.`]
          : [];
      const spread: Spread[] = first ? spread_of(first.seed, first.programs) : [];
      heat ??= heat_of_campaigns(campaigns);
      return { call, code, notes: drawn, lines, shown, spread, heat, tables };
    },
  };
}

const broken_of = ({ property, step, breach, at_end }: Found): Broken => ({
  property,
  claim: SUITE.properties.get(property)?.claim ?? '',
  step,
  got: breach.got,
  want: breach.want,
  at_end: at_end === true,
});

function line_of(expected: VariantInfo, campaign: Campaign): Line {
  const names = campaign.findings.map(({ property }) => property);
  return {
    variant: expected.name,
    kind: expected.kind,
    as_expected: as_expected(expected, campaign),
    known: names.filter((name) => expected.violates.includes(name)),
    new: unexpected(expected, campaign).map(({ property }) => property),
    missing: missing(expected, campaign),
    programs: campaign.programs,
  };
}

/** One program on one implementation: the line, and the program to step through. */
function ran_of(variant: string, program: Program, found: readonly Found[]): { line: Line; shown: Shown } {
  const properties = found.map(({ property }) => property);
  const { kind, violates, follows, source } = about(variant);
  const fresh = properties.filter((one) => !violates.includes(one) && !follows.includes(one));
  const known = properties.filter((one) => !fresh.includes(one));
  return {
    line: { variant, kind, as_expected: fresh.length === 0, known, new: fresh, missing: [], programs: 1 },
    shown: {
      title: properties.length > 0 ? `${variant} breaks ${properties.join(', ')}` : `${variant} breaks nothing`,
      variant,
      program: program_texts(SUITE.commands, program),
      world: 'small',
      run: null,
      kernel: null,
      properties,
      proven: null,
      again: null,
      known: properties.length > 0 && fresh.length === 0 ? declared_text({ name: variant, source }) : null,
      without: [],
    },
  };
}

/** The call that shrinks a finding of a search again. */
function again_text(start: string, { variant, seed }: Campaign, one: Counterexample | CampaignFinding): string | null {
  if (!('case' in one) || !VARIANTS.has(variant)) return null;
  const of_case = shell_word(case_text({ seed, index: one.case }));
  return `${start} shrink ${of_case} --variant ${variant} --property ${one.property}`;
}

/** What is known of a variant by its name; a user's own has no entry. */
const about = (variant: string): Pick<VariantInfo, 'kind' | 'violates' | 'follows' | 'source'> =>
  VARIANTS.get(variant) ?? { kind: 'own', violates: [], follows: [], source: 'its file' };

let find_proof: FindProof | null = null;

/** How sure it is, by its own search or by the regression that is the same program. */
function proven_of(variant: string, one: Counterexample): NonNullable<Shown['proven']> {
  const { certified, text } = one.certificate;
  if (certified) return { certified, text };
  find_proof ??= proofs_in(SUITE, read_regressions(SUITE));
  const elsewhere = find_proof(variant, one);
  return elsewhere ? { certified: true, text: known_proof_text(elsewhere) } : { certified, text };
}

/** One for each program: several properties may break by the same. */
function shown_of(
  variant: Pick<VariantInfo, 'name' | 'source' | 'violates'>,
  findings: readonly (Counterexample | CampaignFinding)[],
  again: (one: Counterexample | CampaignFinding) => string | null = () => null,
): Shown[] {
  const { name, violates } = variant;
  return by_program(SUITE, findings).map((same): Shown => {
    const [first] = same as [Counterexample];
    const properties = same.map(({ property }) => property);
    return {
      title: `${name} breaks ${properties.join(', ')}`,
      variant: name,
      program: program_texts(SUITE.commands, first.program),
      world: 'small',
      run: null,
      kernel: null,
      properties,
      proven: proven_of(name, first),
      again: again(first),
      known: properties.every((one) => violates.includes(one)) ? declared_text(variant) : null,
      without: first.steps.map(({ without }) => without),
    };
  });
}

/** What was explored, a row a variant. */
function explored_table(one: ReturnType<typeof row>): Parameters<Audience['table']>[0] {
  const { variant, depth, covered, exhausted, broken, alphabet, states, transitions, symmetry, cut_short, pauses } =
    one;
  const of = covered < 1 ? 'nothing' : exhausted ? 'no program at all' : `no program of up to ${covered} commands`;
  const rest = broken.length === 0 ? of : `${of}${covered < 1 ? '' : ' breaks any other property'}`;
  return {
    title: 'What was explored',
    note: 'Every program up to a length, each state once. What breaks is the least program that does.',
    rows: [
      {
        variant,
        'asked for': `${depth} commands${pauses > 0 ? `, paused at up to ${pauses} places` : ''}`,
        proven: broken.length === 0 && covered >= 1 ? `${rest} breaks any property` : rest,
        breaks: String(broken.length),
        states: String(states),
        transitions: String(transitions),
        'by length': one.by_length.map((each, i) => `${i + 1}: ${each.transitions}`).join(', '),
        commands: alphabet,
        symmetry,
        'ended early': cut_short ?? '',
      },
    ],
  };
}
