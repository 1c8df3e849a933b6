import { type CliCommand, number_flag } from './cli';
import { known } from './errors';
import type { Pool } from './pool';
import { program_texts } from './program';
import { read_regressions, replay } from './regression';
import { type Campaign, type Counterexample, search } from './search';
import { broken_claim, one_line, step_table } from './story';
import type { Suite, VariantInfo } from './suite';

const DEFAULT_SEED = 'main';
const DEFAULT_CASES = 1000;
const MAX_CASES = 1_000_000_000;

/** `check`: the regressions, then a campaign over each implementation; all must do exactly what is expected of them. */
export function check_command<View>(suite: Suite<View>, new_pool: () => Pool): CliCommand {
  return {
    usage: 'check [variant…] [--seed S] [--cases N] [--json]',
    doc: 'random programs on every variant: does each do exactly what is expected of it?',
    options: { seed: { type: 'string' }, cases: { type: 'string' }, json: { type: 'boolean' } },
    async run(call, terminal) {
      const names = call.words.length > 0 ? call.words : [...suite.variants.keys()];
      const variants = names.map((name) => known('variant', name, suite.variants));
      const seed = call.text('seed') ?? DEFAULT_SEED;
      const cases = number_flag(call, 'cases', 1, MAX_CASES, DEFAULT_CASES);
      const json = call.flag('json');
      // With --json the announcement must not get between the objects.
      let good = replay_all(suite, json ? terminal.err : terminal.out);
      if (!json) terminal.out(`check: ${variants.length} variants, ${cases} programs each, seed ${seed}`);
      const pool = new_pool();
      try {
        for (const variant of variants) {
          const campaign = await search(suite, pool, variant.name, seed, cases, terminal.now);
          if (json) for (const row of rows(suite, variant, campaign)) terminal.out(JSON.stringify(row));
          else for (const line of report(suite, variant, campaign)) terminal.out(line);
          if (!as_expected(variant, campaign)) good = false;
        }
      } finally {
        await pool.close();
      }
      if (!json) terminal.out(good ? 'every variant did exactly what is expected of it' : 'NOT as expected: see above');
      return good ? 0 : 1;
    },
  };
}

function replay_all<View>(suite: Suite<View>, say: (line: string) => void): boolean {
  const regressions = read_regressions(suite);
  const wrong = regressions.flatMap((regression) => replay(suite, regression));
  const verdict = wrong.length === 0 ? 'all as recorded' : 'NOT as recorded:';
  say(`regressions: ${regressions.length} replayed, ${verdict}`);
  for (const line of wrong) say(`  ${line}`);
  return wrong.length === 0;
}

const unexpected = ({ violates }: VariantInfo, { counterexamples }: Campaign) =>
  counterexamples.filter(({ property }) => !violates.includes(property));
const missing = ({ violates }: VariantInfo, { counterexamples }: Campaign) =>
  violates.filter((name) => !counterexamples.some(({ property }) => property === name));

function as_expected(variant: VariantInfo, campaign: Campaign): boolean {
  return [unexpected(variant, campaign), missing(variant, campaign), campaign.unreached].every(
    (all) => all.length === 0,
  );
}

/** One object for each property that was expected to break or did; for a conforming variant, one for each property. */
function rows<View>(suite: Suite<View>, variant: VariantInfo, campaign: Campaign) {
  const { seed, programs, commands, seconds, counterexamples } = campaign;
  const judged = variant.violates.length === 0 ? [...suite.properties.keys()] : variant.violates;
  const names = new Set([...judged, ...counterexamples.map(({ property }) => property)]);
  return [...names].map((property) => {
    const found = counterexamples.find((one) => one.property === property);
    return {
      variant: variant.name,
      property,
      expected: variant.violates.includes(property) ? 'violates' : 'conforms',
      verdict: found ? 'violates' : 'conforms',
      program: found ? program_texts(suite.commands, found.program) : null,
      length: found ? found.program.length : null,
      seed,
      case: found ? found.case : null,
      programs: found ? found.programs : programs,
      commands: found ? found.commands : commands,
      seconds,
    };
  });
}

function report<View>(suite: Suite<View>, variant: VariantInfo, campaign: Campaign): string[] {
  const { programs, commands, seconds, counterexamples, unreached } = campaign;
  const rate = Math.round(commands / Math.max(seconds, 0.001) / 1000);
  const verdict = as_expected(variant, campaign) ? 'as expected' : 'NOT AS EXPECTED';
  const did = counterexamples.length === 0 ? 'conforms' : `violates ${counterexamples.length}`;
  const lines = ['', `${variant.name}: ${did}, ${verdict} (${programs} programs, ${commands} commands, ${rate} k/s)`];
  for (const name of missing(variant, campaign)) lines.push(`  MISSING   ${name}: expected to break, and did not`);
  for (const name of unreached) lines.push(`  UNREACHED ${name}: the search is too weak to be believed`);
  const surprises = unexpected(variant, campaign);
  for (const { property } of surprises) lines.push(`  UNEXPECTED ${property}`);
  for (const same of by_program(suite, counterexamples)) lines.push('', ...stories(suite, variant, campaign, same));
  return lines;
}

/** Counterexamples that are the same program share a table. */
function by_program<View>(suite: Suite<View>, counterexamples: readonly Counterexample[]): Counterexample[][] {
  const groups = new Map<string, Counterexample[]>();
  for (const one of counterexamples) {
    const text = one_line(suite, one.program);
    groups.set(text, [...(groups.get(text) ?? []), one]);
  }
  return [...groups.values()];
}

function stories<View>(
  suite: Suite<View>,
  { name }: VariantInfo,
  { seed }: Campaign,
  same: readonly Counterexample[],
): string[] {
  const [first] = same;
  if (!first) return [];
  const again = `again   npm start -- check ${name} --seed ${seed} --cases ${first.case + 1}`;
  const breaches = same.flatMap(({ found }) => broken_claim(suite, found));
  return [...step_table(suite, name, first.program), ...breaches, again].map((line) => `  ${line}`);
}
