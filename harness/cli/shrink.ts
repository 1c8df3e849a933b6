import { join, resolve } from 'node:path';
import { prove } from '../campaign/search';
import type { Counterexample } from '../certify/certify';
import { run_watched } from '../certify/hang';
import { CallError, known } from '../errors';
import { check_new, save_new } from '../files/save';
import { random_of_case } from '../generate/seed';
import { type Case, case_of, case_text } from '../program/case';
import { program_texts } from '../program/text';
import { read_regressions, regression_text, same_bugs } from '../regression/regression';
import type { Suite, VariantInfo } from '../suite';
import { type CliCommand, EXIT, MAX_TRANSITIONS, number_flag, type Open, variant_of } from './cli';
import { by_program, counterexample_report, known_line } from './counterexample_report';
import { json_line } from './json_line';
import { proofs_in } from './known_proof';
import { SHARED } from './options';
import { with_pool } from './with_pool';

/** Where a certificate gives up by default: about a minute. */
const TRANSITIONS = 10_000_000;

/** `shrink`: a failing case down to the proven minimal program, for each property that it breaks; kept if asked to. */
export function shrink_command<View>(open: Open<View>): CliCommand {
  return {
    words: 'SEED:CASE',
    doc: 'a failing case down to its proven minimal program; --save keeps it in regressions/',
    options: {
      variant: { value: 'NAME', help: 'on which variant it fails' },
      implementation: SHARED.implementation,
      property: { value: 'NAME', fallback: 'each that breaks', help: 'only for this property' },
      save: { value: 'NAME', help: 'keep the program as a regression' },
      transitions: {
        value: 'N',
        fallback: String(TRANSITIONS),
        help: 'how far a proof of minimality searches before it gives up',
        more: true,
      },
      json: SHARED.json,
    },
    async run(call, terminal, ledger) {
      const context = await open(call);
      const { suite, new_pool, own } = context;
      const [word, ...rest] = call.words;
      const of_case = case_of(word);
      if (rest.length > 0) throw new CallError(`one SEED:CASE at a time, not "${rest.join(' ')}" too`);
      const variant = variant_of(context, call);
      if (variant === null) throw new CallError('which implementation? --variant NAME, or --implementation FILE.ts');
      const asked = call.text('property');
      const property = asked === undefined ? undefined : suite.name_today(asked);
      if (property !== undefined) known('property', property, suite.properties);
      const save = call.text('save');
      const file = save === undefined ? null : file_of(suite, save);
      if (file !== null) check_new(file);
      const transitions = number_flag(call, 'transitions', 1, MAX_TRANSITIONS, TRANSITIONS);

      const drawn = suite.programs.draw(random_of_case(of_case.seed, of_case.index));
      const found = await with_pool(new_pool, terminal, ledger, async (pool) => {
        const broken = (await run_watched(suite, pool, variant, drawn)).map((one) => one.property);
        const wanted = [...suite.properties.keys()].filter((one) => broken.includes(one) && (property ?? one) === one);
        if (wanted.length === 0) terminal.err(nothing_broken(variant, of_case, broken, property));
        const cases = new Map(wanted.map((one) => [one, of_case.index]));
        const proven = await prove(suite, pool, variant, of_case.seed, cases, transitions);
        return wanted.flatMap((one) => proven.filter((counterexample) => counterexample.property === one));
      });
      const [first] = found;
      if (!first) return EXIT.bad;
      ledger.ask('counterexamples', found.length);
      ledger.done('counterexamples', found.filter(({ program }) => program.length > 0).length);
      if (call.flag('json')) for (const one of found) terminal.out(json_line(row(suite, variant, of_case, one)));
      else
        for (const line of counterexample_reports(
          suite,
          known('variant', variant, suite.variants),
          found,
          terminal.columns,
        ))
          terminal.out(line);
      if (terminal.signal.aborted) {
        terminal.err(`interrupted${file === null ? '' : ': nothing was saved'}`);
        return EXIT.interrupted;
      }
      if (file !== null) {
        if (first.found.hung) throw new CallError('a program that never ends is not kept: its replay would never end');
        if (!first.certificate.needed)
          throw new CallError('a program that does not break again is not kept: see above');
        save_new(file, regression_text(suite, variant, own, of_case, first));
        const say = call.flag('json') ? terminal.err : terminal.out;
        say(`saved   ${file} (${first.property}); say in "postmortem" what went wrong, and why`);
        for (const line of same_bugs(suite, read_regressions(suite))) say(`one bug ${line}`);
      }
      return EXIT.good;
    },
  };
}

function nothing_broken(variant: string, of_case: Case, broken: readonly string[], property: string | undefined) {
  const breaks = property === undefined ? 'breaks no property' : `does not break ${property}`;
  const others = broken.length > 0 ? ` (but ${broken.join(', ')})` : '';
  return `${variant} ${breaks} in case ${case_text(of_case)}${others}: there is nothing to shrink`;
}

/** A name goes into the project's regressions; a path, or a file name, where it says. */
export function file_of<View>({ regressions }: Suite<View>, name: string): string {
  if (/[/\\]$|^[.]json$|[/\\][.]json$/.test(name)) throw new CallError(`--save ${name} names a folder, and no file`);
  if (/[/\\]|\.json$/.test(name)) return resolve(name.endsWith('.json') ? name : `${name}.json`);
  if (/^[a-z0-9][a-z0-9._-]*$/i.test(name) && name !== 'schema') return join(regressions, `${name}.json`);
  throw new CallError(`--save ${name} is no name for a regression: letters, digits, dots and dashes, like table-stays`);
}

function counterexample_reports<View>(
  suite: Suite<View>,
  variant: VariantInfo,
  found: readonly Counterexample[],
  width?: number,
): string[] {
  const proof = proofs_in(suite, read_regressions(suite));
  return by_program(suite, found).flatMap((same) => [
    ...counterexample_report(suite, same, (one) => proof(variant.name, one), width),
    known_line(
      variant,
      same.map(({ property }) => property),
    ),
    '',
  ]);
}

function row<View>(suite: Suite<View>, variant: string, { seed, index }: Case, one: Counterexample) {
  const { property, program, found, certificate } = one;
  return {
    variant,
    property,
    program: program_texts(suite.commands, program),
    length: program.length,
    ...found.breach,
    certified: certificate.certified,
    certificate: certificate.text,
    seed,
    case: index,
  };
}
