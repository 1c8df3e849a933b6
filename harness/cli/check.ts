import { type Campaign, type CampaignRequest, search } from '../campaign/search';
import { counted } from '../counted';
import { CallError, known } from '../errors';
import { new_pace } from '../pace';
import type { Pool } from '../pool/pool';
import type { Program } from '../program/command';
import {
  drifted,
  type Regression,
  read_regressions,
  regressions_in,
  replay,
  same_bugs,
} from '../regression/regression';
import type { Seen } from '../run/shard';
import { outcomes_in } from '../shard/outcome';
import type { Suite, VariantInfo } from '../suite';
import { base_of, check_base } from './check_base';
import {
  as_expected,
  campaign_report,
  has_power,
  rows,
  uncalled_lines,
  unreached_line,
  wrong_lines,
} from './check_report';
import { check_share } from './check_share';
import { campaign_verdicts, place_of, regression_verdicts } from './ci/campaign_verdicts';
import { CI_OPTIONS, open_delivery } from './ci/deliver';
import type { Verdict } from './ci/verdict';
import {
  type Call,
  type CliCommand,
  EXIT,
  MAX_TRANSITIONS,
  not_both,
  number_flag,
  type Open,
  seed_flag,
  type Terminal,
  time_flag,
  variants_of,
} from './cli';
import { default_seed } from './default_seed';
import { frequency_fields, frequency_lines } from './frequency';
import { head_commit } from './git';
import { json_rows } from './json_line';
import { keep_violation } from './keep';
import { proofs_in } from './known_proof';
import type { Ledger } from './ledger';
import { long_run, read_left } from './long_run';
import { type Options, SHARED } from './options';
import { tell_pictures } from './pictures';
import { broken_rules, rule_lines } from './rules';
import { open_part, origin_of, share_flag } from './shard';
import { short_of, short_or_whole, tell_short } from './short';
import { start_of } from './start_again';
import { USUAL_WIDTH } from './table';
import { with_pool } from './with_pool';

const DEFAULT_CASES = 1000;
const MAX_CASES = 1_000_000_000;
/** A search for a certificate goes this far by default; that of `shrink`, which has the time, further. */
const TRANSITIONS = 1_000_000;

/** `check`: the regressions, then a campaign over each implementation; all must do exactly what is expected of them. */
export function check_command<View>(open: Open<View>): CliCommand {
  const options = {
    seed: SHARED.seed,
    cases: { value: 'N', fallback: String(DEFAULT_CASES), help: 'random programs on each variant' },
    time: { value: '30s|5m|2h', help: 'instead of --cases: as many as there is time for' },
    implementation: SHARED.implementation,
    base: { value: 'NAME', help: 'what does one variant do otherwise than this one? Properties are left aside' },
    transitions: {
      value: 'N',
      fallback: String(TRANSITIONS),
      help: 'how far a proof of minimality searches before it gives up',
      more: true,
    },
    short: {
      help: 'a line for each kind of variant, and what is not as expected; the rest goes to a file',
      more: true,
    },
    verbose: { help: 'how often each command occurs, and what occurs least', more: true },
    ...CI_OPTIONS,
    journal: {
      ...SHARED.journal,
      help: 'where findings are kept as they come, and how far it is: after a kill the same call goes on',
    },
    shard: SHARED.shard,
    json: SHARED.json,
  } as const satisfies Options;
  return {
    words: '[variant…]',
    doc: 'random programs on every variant: does each do exactly what is expected of it?',
    options,
    // Shards are checkpoints themselves, and a comparison ends with the first difference.
    goes_on: (call) => call.text('shard') === undefined && call.text('base') === undefined,
    async run(call, terminal, ledger, journal) {
      const context = await open(call);
      const { suite, new_pool } = context;
      const variants = variants_of(context, call);
      const { cases, seconds, text } = budget_of(call);
      const left = journal.progress && (await read_left('check', journal.progress, terminal.signal));
      const seed = seed_flag(call) ?? left?.origin?.seed ?? default_seed(terminal.env, terminal.now(), head_commit);
      const json = call.flag('json');
      const share = share_flag(call, terminal);
      not_both(call, 'shard', 'base');
      const delivery = open_delivery(call, terminal);
      const verdicts: Verdict[] = [];
      const against = call.text('base');
      for (const name of ['short', 'junit', 'ktap']) not_both(call, name, 'base');
      if (against !== undefined) {
        if (call.flag('verbose')) throw new CallError('--base and --verbose: nothing more is said of a difference');
        if (call.text('transitions') !== undefined)
          throw new CallError('--base and --transitions: no minimality is proven of a difference');
        const base = base_of(suite, variants, against);
        const until = terminal.now() + seconds * 1000;
        const compared = { changed: variants[0] ?? '', base, seed, cases, until, json, width: terminal.columns };
        const pace = new_pace(terminal.now, until);
        return with_pool(
          new_pool,
          terminal,
          ledger,
          (pool) => check_base(suite, compared, pool, terminal, ledger, journal),
          undefined,
          (pool) => pace('cases', pool.at_case() ?? 0, cases),
        );
      }
      const transitions = number_flag(call, 'transitions', 1, MAX_TRANSITIONS, TRANSITIONS);
      const until = terminal.now() + (seconds - (left?.spent ?? 0)) * 1000;
      const wanted = { variants, seed, cases, until, transitions };
      if (share) {
        const part = open_part('check', options, call, context, seed, share, terminal);
        return check_share(context, wanted, share, part, terminal, ledger, journal);
      }
      not_both(call, 'short', 'json');
      const short = call.flag('short') ? short_of(terminal) : null;
      const merged = call.parts && outcomes_in(call.parts);
      const origin_here = origin_of('check', options, call, context, seed, terminal);
      const long = journal.progress && left && long_run(journal.progress, left, origin_here, terminal);
      const regressions = read_regressions(suite);
      const proof = proofs_in(suite, regressions);
      // Where KTAP has stdout, texts go to stderr.
      const out = delivery.ktap ? terminal.err : terminal.out;
      const origin = {
        call,
        own: context.own,
        start: start_of(terminal.env),
        width: terminal.columns ?? USUAL_WIDTH,
        proof,
      };
      // With --json nothing may get between the objects.
      const say = json ? terminal.err : out;

      const printed = json_rows(terminal.out);
      let good = replay_all(suite, regressions, say, ledger, verdicts);
      const uncalled: string[] = [];
      let judged = 0;
      const estimate = time_left(terminal, wanted, () => judged);
      say(`check: ${counted(variants.length, 'variant')}, ${text}, seed ${seed}`);
      ledger.ask('variants', variants.length);
      const rules = context.own !== null && variants.includes(context.own) ? suite.rules() : [];
      let most = 0;
      const shown: { readonly variant: string; readonly program: Program }[] = [];
      const broken = await with_pool(
        new_pool,
        terminal,
        ledger,
        async (pool) => {
          const done = (campaign: Campaign) => {
            for (const { property, case: index, program } of campaign.findings)
              keep_violation(journal, suite, { variant: campaign.variant, property, seed, index }, program);
            judged++;
            note_work(ledger, campaign, cases);
            most = Math.max(most, campaign.programs);
            const expected = expected_of(suite, campaign, terminal.signal.aborted);
            terminal.progress('');
            terminal.audience?.campaign(campaign, expected);
            for (const { program } of campaign.findings) shown.push({ variant: campaign.variant, program });
            const power = has_power(expected, campaign) ? suite.power(campaign.variant) : null;
            if (json) for (const row of rows(suite, expected, campaign, power)) printed.row(row);
            else
              short_or_whole(
                short,
                { variant: expected, campaign, wrong: wrong_lines(suite, expected, campaign) },
                campaign_report(suite, expected, campaign, power, origin),
                { ...terminal, out },
              );
            if (json) for (const name of campaign.unreached) say(unreached_line(name));
            const file = campaign.variant === context.own ? call.text('implementation') : undefined;
            verdicts.push(
              ...campaign_verdicts(suite, expected, campaign, place_of(expected, context.places ?? {}, file)),
            );
            if (!as_expected(expected, campaign)) good = false;
            uncalled.push(...uncalled_lines(suite, expected, campaign));
          };
          const tell = ({ variant, property, case: index }: Seen) =>
            keep_violation(journal, suite, { variant, property, seed, index }, null);
          const outcomes = merged ?? (await long?.(suite, pool, wanted, tell));
          await search(suite, pool, { ...wanted, outcomes }, done, tell);
          journal.told();
          await tell_pictures(terminal, pool, context.own, shown);
          return broken_rules(rules, pool);
        },
        undefined,
        estimate,
      );
      if (broken.length > 0) good = false;
      if (json)
        for (const { name, text, ...rule } of broken)
          printed.row({ variant: context.own, rule: name, verdict: 'broken', seen: text, ...rule });
      if (call.flag('verbose')) {
        if (json) printed.row(frequency_fields(suite, seed, most));
        else for (const line of frequency_lines(suite, seed, most)) say(line);
      }
      if (json) printed.end();
      const own = suite.variants.get(context.own ?? '');
      const at = own ? place_of(own, context.places ?? {}, call.text('implementation')) : {};
      for (const { name, text } of broken)
        verdicts.push({ group: context.own ?? '', name, status: 'failed', why: text, lines: [], ...at });
      delivery.tell(verdicts);
      if (terminal.signal.aborted) {
        say('interrupted: this is what was found so far');
        return EXIT.interrupted;
      }
      if (short) tell_short(short, proof, say);
      for (const line of rule_lines(rules, broken)) say(line);
      for (const variable of context.state ?? [])
        say(`STATE     ${variable} outlives a program: what a program does may depend on those before it`);
      // What was never called was never tried: that is not wrong, but it is no green.
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

/** How long it may still take: until all cases have run, and then until all variants are judged. */
function time_left(terminal: Terminal, wanted: CampaignRequest, judged: () => number): (pool: Pool) => string {
  const search_pace = new_pace(terminal.now, wanted.until);
  const proof_pace = new_pace(terminal.now);
  return (pool) => {
    const at = judged() === 0 ? pool.at_case() : null;
    if (at === null) return proof_pace('proofs', judged(), wanted.variants.length);
    const text = search_pace('cases', at, wanted.cases);
    return text === '' ? '' : `${text} and proofs`;
  };
}

/** Announced, so that nobody takes an old failure for one of the search. */
function replay_all<View>(
  suite: Suite<View>,
  regressions: readonly Regression[],
  say: (line: string) => void,
  ledger: Ledger,
  verdicts: Verdict[],
): boolean {
  ledger.ask('regressions', regressions_in(suite).length);
  const wrong: string[] = [];
  for (const regression of regressions) {
    const told = replay(suite, regression);
    wrong.push(...told);
    verdicts.push(...regression_verdicts(regression.name, told));
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
