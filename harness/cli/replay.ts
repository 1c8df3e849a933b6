import { existsSync } from 'node:fs';
import { run_watched, steps_watched } from '../certify/hang';
import { CallError, known } from '../errors';
import { read_named } from '../files/read';
import { random_of_case } from '../generate/seed';
import { case_text, parse_case } from '../program/case';
import type { Program } from '../program/command';
import { is_regression, read_program_file } from '../program/file';
import { program_file } from '../regression/named';
import {
  drifted,
  expectations_of,
  type Regression,
  read_regression,
  read_regressions,
  replay,
} from '../regression/regression';
import { run } from '../run/run';
import type { Found } from '../run/session';
import type { Suite, VariantInfo } from '../suite';
import { regression_verdicts } from './ci/campaign_verdicts';
import { CI_OPTIONS, type Delivery, open_delivery } from './ci/deliver';
import type { Verdict } from './ci/verdict';
import { type CliCommand, EXIT, type Open, type Terminal, variant_of } from './cli';
import { broken_claim, known_line, known_proof_line, step_table } from './counterexample_report';
import { proofs_in } from './known_proof';
import type { Ledger } from './ledger';
import { never_asked } from './never_asked';
import { SHARED } from './options';
import { tell_pictures } from './pictures';
import { with_pool } from './with_pool';

/** `replay`: a regression as it is recorded, or any program on one implementation, step by step. */
export function replay_command<View>(open: Open<View>): CliCommand {
  return {
    words: 'FILE|NAME|SEED:CASE',
    doc: 'a regression on all that it names, or a program (one command a line) on all variants, or on one variant step by step',
    options: {
      variant: { value: 'NAME', help: 'step by step on this variant, instead of on all' },
      implementation: SHARED.implementation,
      ...CI_OPTIONS,
    },
    async run(call, terminal, ledger) {
      const delivery = open_delivery(call, terminal);
      const out = delivery.ktap ? terminal.err : terminal.out;
      const context = await open(call);
      const { suite, new_pool } = context;
      const [word = '', ...rest] = call.words;
      if (rest.length > 0) throw new CallError(`one program at a time, not "${rest.join(' ')}" too`);
      const of_case = existsSync(word) ? null : parse_case(word);
      const file = of_case ? null : program_file(suite, word);
      const text = file === null ? '' : await read_named(file, terminal.signal);
      const regression = file !== null && is_regression(text) ? read_regression(suite, file, text) : null;
      const program = of_case
        ? suite.programs.draw(random_of_case(of_case.seed, of_case.index))
        : (regression?.parsed ?? read_program_file(suite.commands, suite.bounds, file ?? '', text));
      const variant = variant_of(context, call);

      const shown = { ...terminal, out };
      if (regression && variant === null) return replay_as_recorded(suite, regression, shown, ledger, delivery);
      const what = of_case ? `case ${case_text(of_case)}` : word;
      const names = variant === null ? [...suite.variants.keys()] : [variant];
      let good = true;
      const verdicts: Verdict[] = [];
      ledger.ask('variants', names.length);
      await with_pool(new_pool, terminal, ledger, async (pool) => {
        for (const one of names) {
          const found = await run_watched(suite, pool, one, program);
          for (const line of never_asked(suite, one, pool)) ledger.doubt(line);
          ledger.done('variants', 1);
          terminal.audience?.ran(one, program, found);
          if (!found.some(({ hung }) => hung))
            await tell_pictures(terminal, pool, context.own, [{ variant: one, program }]);
          // A program that never ends cannot be run again here.
          const shown = variant !== null && !found.some(({ hung }) => hung);
          const steps = shown ? await steps_watched(suite, pool, one, program, null) : [];
          for (const line of step_table(steps, { width: terminal.columns, broken: found, about: suite.columns_of }))
            out(line);
          const broken = found.map(({ property, step }) => `${property} at command ${step + 1}`).join(', ');
          out(`${one}: ${broken ? `breaks ${broken}` : `${what} breaks nothing`}`);
          const about = known('variant', one, suite.variants);
          if (variant !== null) for (const line of found_lines(suite, about, program, found)) out(line);
          const { violates, follows } = about;
          for (const { property, breach } of found) {
            const declared = violates.includes(property) || follows.includes(property);
            const why = declared ? one : `got ${breach.got}, want ${breach.want}`;
            const status = declared ? 'known' : 'failed';
            verdicts.push({
              group: one,
              name: property,
              status,
              why,
              lines: step_table(steps, { broken: found, about: suite.columns_of }),
            });
          }
          if (found.length === 0) verdicts.push({ group: one, name: what, status: 'passed', why: '', lines: [] });
          if (found.some(({ property }) => !violates.includes(property) && !follows.includes(property))) good = false;
        }
      });
      delivery.tell(verdicts);
      if (terminal.signal.aborted) return EXIT.interrupted;
      return good ? EXIT.good : EXIT.bad;
    },
  };
}

/** The claims that a program breaks, whether they are known to, and where the program is proven minimal. */
function found_lines<View>(
  suite: Suite<View>,
  variant: VariantInfo,
  program: Program,
  found: readonly Found[],
): readonly string[] {
  if (found.length === 0) return [];
  const names = found.map(({ property }) => property);
  const proof = proofs_in(suite, read_regressions(suite));
  const proofs = names.flatMap((property) => proof(variant.name, { property, program }) ?? []);
  return [
    ...found.flatMap((one) => broken_claim(suite.properties, one)),
    ...new Set(proofs.map(known_proof_line)),
    known_line(variant, names),
  ];
}

function replay_as_recorded<View>(
  suite: Suite<View>,
  regression: Regression,
  { out: say, audience }: Pick<Terminal, 'out' | 'audience'>,
  ledger: Ledger,
  delivery: Delivery,
): number {
  ledger.ask('verdicts', 1);
  const wrong = replay(suite, regression);
  ledger.done('verdicts', Math.min(1, expectations_of(suite, regression).length));
  for (const line of wrong) say(line);
  for (const line of drifted(suite, [regression])) say(line);
  for (const [variant, property] of Object.entries(regression.violates)) {
    say(`${variant} breaks ${property}`);
    if (audience) {
      const found = run(suite.start(variant), regression.parsed, [...suite.properties.values()]);
      audience.ran(variant, regression.parsed, found);
    }
  }
  if (regression.holds.length > 0) say(`holds on ${regression.holds.join(', ')}`);
  say(`${regression.name}: ${wrong.length === 0 ? 'as recorded' : 'NOT as recorded'}`);
  delivery.tell(regression_verdicts(regression.name, wrong));
  return wrong.length === 0 ? EXIT.good : EXIT.bad;
}
