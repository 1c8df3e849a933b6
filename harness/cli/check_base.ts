/** `check --base`: what an implementation does otherwise than another, whoever of the two is right. */
import { difference_runner, type Pair, sides_with } from '../campaign/difference';
import { type ModelRun, pool_runner } from '../campaign/model_runner';
import { type Sighting, search_behind_port } from '../campaign/port';
import { CallError, known } from '../errors';
import type { Pool } from '../pool/pool';
import { case_text } from '../program/case';
import type { Program } from '../program/command';
import { program_texts } from '../program/text';
import type { Suite } from '../suite';
import { EXIT, type Terminal } from './cli';
import { step_table } from './counterexample_report';
import type { Journal } from './journal';
import { json_line } from './json_line';
import type { Ledger } from './ledger';
import { never_asked } from './never_asked';

interface Asked {
  readonly variant: string;
  readonly base: string;
  readonly seed: string;
  readonly cases: number;
  /** In milliseconds since 1970. */
  readonly until: number;
  readonly json: boolean;
}

/** The variant that `--base` names. Throws a CallError if there is none, or if it is compared with itself. */
export function base_of<View>(suite: Suite<View>, variants: readonly string[], word: string): string {
  const base = known('variant', suite.name_today(word), suite.variants).name;
  if (variants.length !== 1) throw new CallError(`--base compares one implementation, not ${variants.length}`);
  if (variants[0] === base) throw new CallError(`--base ${base}: that is the implementation itself`);
  return base;
}

/** The same programs on both: exit code 0 if nothing differs, 1 if something does. */
export async function check_base<View>(
  suite: Suite<View>,
  asked: Asked,
  pool: Pool,
  terminal: Terminal,
  ledger: Ledger,
  journal: Journal,
): Promise<number> {
  const { variant, base, seed, cases, until, json } = asked;
  const say = json ? terminal.err : terminal.out;
  const [changed, other] = [variant, base].map((name) => pool_runner(suite, pool, name)) as [PoolRunner, PoolRunner];
  const texts = (program: Program) => program_texts(suite.commands, program);
  const over = () => terminal.signal.aborted || terminal.now() >= until;
  const campaign = await search_behind_port(difference_runner(changed, other, { rows: ({ rows }) => rows, texts }), {
    regressions: [],
    seed,
    cases,
    stop: {
      get aborted() {
        return over();
      },
    },
    now: terminal.now,
    progress: terminal.progress,
    record: () => {},
    tell: ({ property, program, case: index }) => {
      const where = index === null ? null : case_text({ seed, index });
      journal.keep({
        variant,
        property: `${property} from ${base}`,
        case: where,
        program: texts(program),
        expected: false,
      });
    },
  });
  ledger.ask('programs', Number.isFinite(until) ? Math.max(campaign.programs, 1) : cases);
  ledger.done('programs', campaign.programs);
  terminal.progress('');
  const { findings } = campaign;
  if (json) for (const row of rows(suite, asked, findings, campaign.programs)) terminal.out(json_line(row));
  else for (const line of findings.flatMap((one) => report(asked, one))) terminal.out(line);
  journal.told();
  if (terminal.signal.aborted) {
    say('interrupted: this is what was found so far');
    return EXIT.interrupted;
  }
  // A difference needs no more; where there is none, what was never asked was never compared.
  if (findings.length === 0) for (const line of never_asked(suite, variant, pool)) ledger.doubt(line);
  const compared = `${variant} and ${base}, ${campaign.programs} programs, seed ${seed}`;
  const more = [...campaign.not_shrunk].map(
    ([what, count]) => `${count} more programs ${what.replace('differs', 'differ')}`,
  );
  for (const line of more) say(line);
  say(findings.length === 0 ? `no difference: ${compared}` : `DIFFERENT: ${compared}: see above`);
  return findings.length === 0 ? EXIT.good : EXIT.bad;
}

type PoolRunner = ReturnType<typeof pool_runner>;
type Difference = Sighting<Pair<ModelRun>>;

const SIDES = {
  base: 'the reference sides with the base',
  changed: 'the reference sides with the changed one',
  both: 'the reference admits both',
  neither: 'the reference admits neither',
} as const;

function report(
  { variant, base, seed }: Asked,
  { steps, found, ran, certificate, case: index, count }: Difference,
): string[] {
  return [
    ...step_table(steps),
    `${found.property}, at command ${found.step + 1}`,
    `${variant}: ${found.breach.got}`,
    `${base}: ${found.breach.want}`,
    `verdict ${SIDES[sides_with(ran)]}`,
    ...ran.changed.found
      .slice(0, 1)
      .map((one) => `        ${variant} violates ${one.property}: got ${one.breach.got}, want ${one.breach.want}`),
    ...ran.base.found
      .slice(0, 1)
      .map((one) => `        ${base} violates ${one.property}: got ${one.breach.got}, want ${one.breach.want}`),
    certificate.text,
    `found   ${index === null ? seed : case_text({ seed, index })}; ${count} program${count === 1 ? '' : 's'} of the search show it`,
    '',
  ];
}

/** One object a difference; one for a search without any. */
function rows<View>(
  suite: Suite<View>,
  { variant, base, seed }: Asked,
  findings: readonly Difference[],
  programs: number,
): object[] {
  const row = (one: Difference | null) => ({
    variant,
    base,
    verdict: one ? 'different' : 'same',
    differs: one?.property ?? null,
    step: one ? one.found.step + 1 : null,
    got: one?.found.breach.got ?? null,
    base_got: one?.found.breach.want ?? null,
    reference: one ? sides_with(one.ran) : null,
    program: one ? program_texts(suite.commands, one.program) : null,
    length: one?.program.length ?? null,
    seed,
    case: one?.case ?? null,
    programs: one?.programs ?? programs,
  });
  return findings.length === 0 ? [row(null)] : findings.map(row);
}
