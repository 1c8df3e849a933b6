/** `check --base`: what an implementation does otherwise than another, whoever of the two is right. */
import { difference_runner } from '../campaign/difference';
import { pool_runner } from '../campaign/model_runner';
import { search_behind_port } from '../campaign/port';
import { CallError, known } from '../errors';
import type { Pool } from '../pool/pool';
import { case_text } from '../program/case';
import type { Program } from '../program/command';
import { program_texts } from '../program/text';
import type { Suite } from '../suite';
import { EXIT, type Terminal } from './cli';
import { difference_json, difference_lines, difference_verdict } from './difference_report';
import type { Journal } from './journal';
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
  const compared = { changed: variant, base, seed };
  if (json) for (const line of difference_json(compared, campaign, texts)) terminal.out(line);
  else for (const line of difference_lines(compared, campaign)) terminal.out(line);
  journal.told();
  if (terminal.signal.aborted) {
    say('interrupted: this is what was found so far');
    return EXIT.interrupted;
  }
  // A difference needs no more; where there is none, what was never asked was never compared.
  if (findings.length === 0) for (const line of never_asked(suite, variant, pool)) ledger.doubt(line);
  say(difference_verdict(compared, campaign));
  return findings.length === 0 ? EXIT.good : EXIT.bad;
}

type PoolRunner = ReturnType<typeof pool_runner>;
