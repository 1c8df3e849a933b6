import { type Campaign, type Finding, search } from '../campaign/search';
import { CallError, known } from '../errors';
import { case_text } from '../program/case';
import { program_texts } from '../program/text';
import { drifted, read_regressions, regressions_in, replay, same_bugs } from '../regression/regression';
import type { Power, Suite, VariantInfo } from '../suite';
import { base_of, check_base } from './check_base';
import {
  type Call,
  type CliCommand,
  EXIT,
  MAX_TRANSITIONS,
  number_flag,
  type Open,
  seed_flag,
  type Terminal,
  time_flag,
  variants_of,
} from './cli';
import { by_program, counterexample_report } from './counterexample_report';
import { default_seed } from './default_seed';
import { head_commit } from './git';
import { json_line } from './json_line';
import { keep_violation } from './keep';
import type { Ledger } from './ledger';
import { told } from './never_asked';
import { power_fields, power_lines } from './power';
import { broken_rules, rule_lines } from './rules';
import { with_pool } from './with_pool';

const DEFAULT_CASES = 1000;
const MAX_CASES = 1_000_000_000;
/** A search for a certificate goes this far by default; that of `shrink`, which has the time, further. */
const TRANSITIONS = 1_000_000;

/** `check`: the regressions, then a campaign over each implementation; all must do exactly what is expected of them. */
export function check_command<View>(open: Open<View>): CliCommand {
  return {
    usage:
      'check [variant…] [--seed S] [--cases N | --time 30s] [--implementation FILE.ts] [--base NAME] [--transitions N] [--journal FILE] [--json]',
    doc: 'random programs on every variant: does each do exactly what is expected of it? --base: what does one do otherwise than another?',
    options: {
      seed: { type: 'string' },
      cases: { type: 'string' },
      time: { type: 'string' },
      implementation: { type: 'string' },
      base: { type: 'string' },
      transitions: { type: 'string' },
      journal: { type: 'string' },
      json: { type: 'boolean' },
    },
    async run(call, terminal, ledger, journal) {
      const context = await open(call);
      const { suite, new_pool } = context;
      const variants = variants_of(context, call);
      const { cases, seconds, text } = budget_of(call);
      const seed = seed_flag(call) ?? default_seed(terminal.env, terminal.now(), head_commit);
      const json = call.flag('json');
      const against = call.text('base');
      if (against !== undefined) {
        if (call.text('transitions') !== undefined)
          throw new CallError('--base and --transitions: no minimality is proven of a difference');
        const base = base_of(suite, variants, against);
        const until = terminal.now() + seconds * 1000;
        const compared = { changed: variants[0] ?? '', base, seed, cases, until, json };
        return with_pool(new_pool, terminal, ledger, (pool) =>
          check_base(suite, compared, pool, terminal, ledger, journal),
        );
      }
      const origin = { call, own: context.own, npm: npm_of(terminal.env) };
      // With --json nothing may get between the objects.
      const say = json ? terminal.err : terminal.out;

      let good = replay_all(suite, say, ledger);
      const uncalled: string[] = [];
      say(`check: ${variants.length} variants, ${text}, seed ${seed}`);
      const transitions = number_flag(call, 'transitions', 1, MAX_TRANSITIONS, TRANSITIONS);
      const wanted = { variants, seed, cases, until: terminal.now() + seconds * 1000, transitions };
      ledger.ask('variants', variants.length);
      const rules = context.own !== null && variants.includes(context.own) ? suite.rules() : [];
      const broken = await with_pool(new_pool, terminal, ledger, async (pool) => {
        const done = (campaign: Campaign) => {
          for (const { property, case: index, program } of campaign.findings)
            keep_violation(journal, suite, { variant: campaign.variant, property, seed, index }, program);
          note_work(ledger, campaign, cases);
          const expected = expected_of(suite, campaign, terminal.signal.aborted);
          terminal.progress('');
          const power = has_power(expected, campaign) ? suite.power(campaign.variant) : null;
          if (json) for (const row of rows(suite, expected, campaign, power)) terminal.out(json_line(row));
          else for (const line of report(suite, expected, campaign, power, origin)) terminal.out(line);
          if (json) for (const name of campaign.unreached) say(unreached_line(name));
          if (!as_expected(expected, campaign)) good = false;
          uncalled.push(...uncalled_lines(suite, expected, campaign));
        };
        await search(suite, pool, wanted, done, ({ variant, property, case: index }) =>
          keep_violation(journal, suite, { variant, property, seed, index }, null),
        );
        journal.told();
        return broken_rules(rules, pool);
      });
      if (broken.length > 0) good = false;
      if (json)
        for (const { name, text, ...rule } of broken)
          terminal.out(json_line({ variant: context.own, rule: name, verdict: 'broken', seen: text, ...rule }));
      if (terminal.signal.aborted) {
        say('interrupted: this is what was found so far');
        return EXIT.interrupted;
      }
      for (const line of rule_lines(rules, broken)) say(line);
      // What was never asked was never tried: that is not wrong, but it is no green.
      if (good && uncalled.length > 0) throw new CallError(uncalled.join('; '));
      for (const line of uncalled) say(line);
      if (good && ledger.doubts.length > 0) return EXIT.good;
      say(good ? 'every variant did what is expected of it' : 'NOT as expected: see above');
      return good ? EXIT.good : EXIT.bad;
    },
  };
}

/** The call, and the name of the user's own implementation if it has one. */
interface Origin {
  readonly call: Call;
  readonly own: string | null;
  /** How npm was called. */
  readonly npm: string;
}

/** `npm`, or with the folder of the project where the call did not come from there. */
function npm_of({ INIT_CWD, npm_config_local_prefix: folder }: Terminal['env']): string {
  return folder === undefined || INIT_CWD === undefined || INIT_CWD === folder
    ? 'npm'
    : `npm --prefix ${quoted(folder)}`;
}

/** Whoever interrupts a search cannot expect it to have found everything. */
function expected_of<View>(suite: Suite<View>, { variant, findings }: Campaign, interrupted: boolean): VariantInfo {
  const expected = known('variant', variant, suite.variants);
  if (!interrupted) return expected;
  return { ...expected, violates: expected.violates.filter((name) => findings.some((one) => one.property === name)) };
}

function budget_of(call: Call): { readonly cases: number; readonly seconds: number; readonly text: string } {
  const seconds = time_flag(call, 'time');
  if (seconds === null) {
    const cases = number_flag(call, 'cases', 1, MAX_CASES, DEFAULT_CASES);
    return { cases, seconds: Number.POSITIVE_INFINITY, text: `${cases} programs each` };
  }
  if (call.text('cases') !== undefined) throw new CallError('--cases and --time: one or the other, not both');
  return { cases: Number.MAX_SAFE_INTEGER, seconds, text: `${call.text('time')} for all` };
}

/** Announced, so that nobody takes an old failure for one of the search. */
function replay_all<View>(suite: Suite<View>, say: (line: string) => void, ledger: Ledger): boolean {
  const regressions = read_regressions(suite);
  ledger.ask('regressions', regressions_in(suite).length);
  const wrong: string[] = [];
  for (const regression of regressions) {
    wrong.push(...replay(suite, regression));
    ledger.done('regressions', 1);
  }
  const verdict = wrong.length === 0 ? 'all as recorded' : 'NOT as recorded:';
  say(`regressions: ${regressions.length} replayed, ${verdict}`);
  for (const line of wrong) say(`  ${line}`);
  for (const line of drifted(suite, regressions)) say(`  ${line}`);
  for (const line of same_bugs(suite, regressions)) say(`  one bug: ${line}`);
  return wrong.length === 0;
}

/** A campaign's programs against those that were asked for: any, where there is a time. One that never ended ends its search. */
export function note_work(
  ledger: Ledger,
  { variant, programs, hang }: Pick<Campaign, 'variant' | 'programs' | 'hang'>,
  cases: number,
): void {
  ledger.done('variants', 1);
  if (hang !== null) return;
  ledger.ask(`programs on ${variant}`, cases === Number.MAX_SAFE_INTEGER ? Math.max(programs, 1) : cases);
  ledger.done(`programs on ${variant}`, programs);
}

const unexpected = ({ violates }: VariantInfo, { findings }: Campaign) =>
  findings.filter(({ property }) => !violates.includes(property));
const missing = ({ violates }: VariantInfo, { findings }: Campaign) =>
  violates.filter((name) => !findings.some(({ property }) => property === name));

/** Time ran out before the first program: nothing can be said. */
const is_empty = ({ programs, findings }: Campaign): boolean => programs === 0 && findings.length === 0;

function as_expected(variant: VariantInfo, campaign: Campaign): boolean {
  if (is_empty(campaign)) return false;
  return [unexpected(variant, campaign), missing(variant, campaign), campaign.unreached].every(
    (all) => all.length === 0,
  );
}

/** One object for each property that was expected to break or did; for a conforming variant, one for each property. */
function rows<View>(suite: Suite<View>, variant: VariantInfo, campaign: Campaign, power: Power | null) {
  const { seed, programs, commands, seconds, findings, called, counted } = campaign;
  const judged = variant.violates.length === 0 ? [...suite.properties.keys()] : variant.violates;
  const names = new Set([...judged, ...findings.map(({ property }) => property)]);
  return [...names].map((property) => {
    const found = findings.find((one) => one.property === property);
    return {
      variant: variant.name,
      property,
      expected: variant.violates.includes(property) ? 'violates' : 'conforms',
      verdict: found ? 'violates' : is_empty(campaign) ? 'untried' : 'conforms',
      program: found ? program_texts(suite.commands, found.program) : null,
      length: found ? found.program.length : null,
      certified: found ? found.certificate.certified : null,
      seed,
      case: found ? found.case : null,
      programs: found ? found.programs : programs,
      commands: found ? found.commands : commands,
      seconds,
      ...(variant.calls && { called, counted, uncalled: campaign.uncalled }),
      ...(power && { power: power_fields(power, programs) }),
    };
  });
}

/** Silence is worth something only where an implementation is to be silent, and is. */
const has_power = ({ violates }: VariantInfo, campaign: Campaign): boolean =>
  violates.length === 0 && campaign.findings.length === 0 && !is_empty(campaign);

function report<View>(
  suite: Suite<View>,
  variant: VariantInfo,
  campaign: Campaign,
  power: Power | null,
  origin: Origin,
): string[] {
  const { programs, commands, seconds, findings, unreached } = campaign;
  const rate = Math.round(commands / Math.max(seconds, 0.001) / 1000);
  const verdict = as_expected(variant, campaign) ? 'as expected' : 'NOT AS EXPECTED';
  const held = is_empty(campaign) ? 'nothing was tried' : 'conforms';
  const did = findings.length === 0 ? held : `violates ${findings.length}`;
  const lines = ['', `${variant.name}: ${did}, ${verdict} (${programs} programs, ${commands} commands, ${rate} k/s)`];
  const base = suite.base_beside(variant.name);
  if (base !== null) lines.push(`  BESIDE    ${base}: what it breaks by itself, after the same command, is left out`);
  for (const name of missing(variant, campaign)) {
    const why = suite.properties.has(name) ? 'expected to break, and did not' : 'no property has this name (see list)';
    lines.push(`  MISSING   ${name}: ${why}`);
  }
  for (const name of unreached) lines.push(`  ${unreached_line(name)}`);
  for (const { property } of unexpected(variant, campaign)) lines.push(`  UNEXPECTED ${property}`);
  lines.push(...called_lines(variant, campaign));
  if (power) lines.push(...power_lines(power, programs));
  for (const same of by_program(suite, findings)) {
    const told = [...counterexample_report(suite, same), ...next_lines(variant, campaign, same, origin)];
    lines.push('', ...told.map((line) => `  ${line}`));
  }
  return lines;
}

/** How often each entry that is replaced was asked: what follows is said of those that were. */
const called_lines = ({ calls }: VariantInfo, { called, counted }: Campaign): string[] =>
  Object.entries(called).map(([name, { times, programs }]) => {
    const how = (calls?.get(name)?.how ?? 'called').padEnd(8);
    return `  ${how} ${name} ${times} times in ${programs} of ${counted} programs`;
  });

/** One line, if something was never asked: what, and whether more programs may help. */
function uncalled_lines<View>(suite: Suite<View>, variant: VariantInfo, { uncalled, counted }: Campaign): string[] {
  if (uncalled.length === 0) return [];
  const who = told(suite, variant.name, uncalled).replaceAll('in some programs', 'in some programs: try more --cases');
  return [`${variant.name}: what it replaces was never asked in ${counted} programs: ${who}`];
}

const unreached_line = (name: string) =>
  `UNREACHED ${name}: the search did not reach this goal, so passing proves little`;

/** A word as a shell takes it for one. */
const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** What to call next: the line that finds it again, and the one that keeps it. */
function next_lines(
  { name }: VariantInfo,
  { seed }: Campaign,
  [first]: readonly Finding[],
  { call, own, npm }: Origin,
): string[] {
  if (!first) return [];
  const file = name === own ? call.text('implementation') : undefined;
  const of = file === undefined ? `--variant ${name}` : `--implementation ${quoted(file)}`;
  const again = `${npm} start -- shrink ${quoted(case_text({ seed, index: first.case }))} ${of} --property ${first.property}`;
  return [`again   ${again}`, `keep    ${again} --save NAME`];
}
