import { type Campaign, search } from '../campaign/search';
import { CallError, known } from '../errors';
import { drifted, read_regressions, regressions_in, replay, same_bugs } from '../regression/regression';
import type { Suite, VariantInfo } from '../suite';
import { base_of, check_base } from './check_base';
import { as_expected, has_power, npm_of, report, rows, uncalled_lines, unreached_line } from './check_report';
import {
  type Call,
  type CliCommand,
  EXIT,
  MAX_TRANSITIONS,
  number_flag,
  type Open,
  seed_flag,
  time_flag,
  variants_of,
} from './cli';
import { default_seed } from './default_seed';
import { frequency_fields, frequency_lines } from './frequency';
import { head_commit } from './git';
import { json_line } from './json_line';
import { keep_violation } from './keep';
import type { Ledger } from './ledger';
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
      'check [variant…] [--seed S] [--cases N | --time 30s] [--implementation FILE.ts] [--base NAME] [--transitions N] [--journal FILE] [--verbose] [--json]',
    doc: 'random programs on every variant: does each do exactly what is expected of it? --base: what does one do otherwise than another?',
    options: {
      seed: { type: 'string' },
      cases: { type: 'string' },
      time: { type: 'string' },
      implementation: { type: 'string' },
      base: { type: 'string' },
      transitions: { type: 'string' },
      journal: { type: 'string' },
      verbose: { type: 'boolean' },
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
        if (call.flag('verbose')) throw new CallError('--base and --verbose: nothing more is said of a difference');
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
      let most = 0;
      const broken = await with_pool(new_pool, terminal, ledger, async (pool) => {
        const done = (campaign: Campaign) => {
          for (const { property, case: index, program } of campaign.findings)
            keep_violation(journal, suite, { variant: campaign.variant, property, seed, index }, program);
          note_work(ledger, campaign, cases);
          most = Math.max(most, campaign.programs);
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
      if (call.flag('verbose')) {
        if (json) terminal.out(json_line(frequency_fields(suite, seed, most)));
        else for (const line of frequency_lines(suite, seed, most)) say(line);
      }
      if (terminal.signal.aborted) {
        say('interrupted: this is what was found so far');
        return EXIT.interrupted;
      }
      for (const line of rule_lines(rules, broken)) say(line);
      for (const variable of context.state ?? [])
        say(`STATE     ${variable} outlives a program: what a program does may depend on those before it`);
      // What was never asked was never tried: that is not wrong, but it is no green.
      if (good && uncalled.length > 0) throw new CallError(uncalled.join('; '));
      for (const line of uncalled) say(line);
      if (good && ledger.doubts.length > 0) return EXIT.good;
      say(good ? 'every variant did what is expected of it' : 'NOT as expected: see above');
      return good ? EXIT.good : EXIT.bad;
    },
  };
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
