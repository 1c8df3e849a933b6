/** The search of `live`: what is run on the kernel, and what is said of it. */
import { type PortSearch, search_behind_port } from '../../../harness/campaign/port';
import { in_order, is_flake, type PortCampaign, type Sighting } from '../../../harness/campaign/port_campaign';
import type { Delivery } from '../../../harness/cli/ci/deliver';
import { type Call, EXIT, stop_at, type Terminal } from '../../../harness/cli/cli';
import type { Journal } from '../../../harness/cli/journal';
import { json_rows } from '../../../harness/cli/json_line';
import type { Ledger } from '../../../harness/cli/ledger';
import { paced } from '../../../harness/cli/paced';
import { CallError } from '../../../harness/errors';
import { case_text } from '../../../harness/program/case';
import { program_texts } from '../../../harness/program/text';
import { read_regressions } from '../../../harness/regression/regression';
import type { PartWriter } from '../../../harness/shard/part';
import type { Share } from '../../../harness/shard/share';
import { COMMANDS } from '../../../models/catalogue/catalogue';
import { trace_of } from '../../../models/live/record';
import type { Run, Target } from '../../../models/live/target';
import { SUITE } from '../suite';
import { keep_finding, write_record } from './kept';
import { finding_report, fixed_line, known_line, met_line, rows_of, summary, work_text } from './report';
import { runner_of, share_kernel } from './shard';
import { tell_audience } from './told';
import { live_verdicts } from './verdicts';

/** What a search is asked for. `until`: no new program after this moment, in milliseconds since 1970. */
export interface LiveRequest {
  readonly seed: string;
  readonly cases: number;
  readonly until: number;
}

const KNOWN_IN_FULL =
  'in full, with its shortest program: --all; step by step: this kernel and --program, with the regression or case named above';

/** The regressions, then random programs, and what is printed of them. The result is the exit code. */
export async function search_kernel(
  target: Target,
  call: Call,
  terminal: Terminal,
  ledger: Ledger,
  journal: Journal,
  { seed, cases, until }: LiveRequest,
  delivery: Delivery,
  part: { readonly share: Share; readonly writer: PartWriter } | null = null,
): Promise<number> {
  const out = delivery.ktap ? terminal.err : terminal.out;
  const say = call.flag('json') ? terminal.err : out;
  say(`live: ${work_text(cases, call)}, seed ${seed}`);
  const traces: string[] = [];
  const regressions = read_regressions(SUITE);
  const { runner, hooks = {} } = runner_of(target, call);
  const wanted: PortSearch<Run> = {
    ...hooks,
    regressions,
    seed,
    cases,
    stop: stop_at(terminal, until),
    now: terminal.now,
    progress: paced(terminal, until),
    record: (run) => traces.push(trace_of(target, target.programs.world, run) ?? ''),
    tell: ({ property, program, known, case: index, slow }) => {
      const where = index === null ? null : case_text({ seed, index });
      const texts = program_texts(COMMANDS, program);
      if (slow) terminal.err(met_line(property, slow, program.length, where));
      journal.keep({
        variant: target.machine.hello.release,
        property,
        case: where,
        program: texts,
        expected: known !== null,
      });
    },
  };
  if (part) {
    const code = await share_kernel(target, wanted, part.share, part.writer, terminal, ledger);
    journal.told();
    write_record(call, traces, say);
    return code;
  }
  const campaign = await search_behind_port(runner, wanted);
  terminal.progress('');
  for (const line of summary(target, campaign)) say(line);
  if (call.flag('json')) {
    const printed = json_rows(terminal.out);
    for (const row of rows_of(target, campaign, seed)) printed.row(row);
    printed.end();
  } else {
    // What is known takes a line; --all tells it as what is new.
    const ordered = in_order(campaign.findings);
    const whole = ordered.filter(({ known }) => known === null || call.flag('all'));
    for (const line of whole.flatMap((one) => ['', ...finding_report(target, one, seed, terminal.columns)])) out(line);
    if (ordered.length > whole.length) out('');
    for (const one of ordered.filter((finding) => !whole.includes(finding))) out(known_line(one, seed));
    if (ordered.length > whole.length) out(KNOWN_IN_FULL);
    for (const name of campaign.fixed) out(fixed_line(name));
  }
  journal.told();
  if (terminal.audience) tell_audience(terminal.audience, target, campaign, call, seed);
  delivery.tell(live_verdicts(campaign, target.machine.hello.release, call.flag('all')));
  try {
    write_record(call, traces, say);
  } finally {
    keep_finding(target, campaign, call, seed, say);
  }
  if (campaign.failure) throw campaign.failure;
  if (terminal.signal.aborted) {
    say('interrupted: this is what was found so far');
    return EXIT.interrupted;
  }
  if (campaign.broken_off !== null) throw new CallError(`the search was broken off: ${campaign.broken_off}`);
  note_work(ledger, campaign, regressions.length, Number.isFinite(until) ? campaign.programs : cases);
  const bad = campaign.findings.filter((one) => !is_flake(one) && (one.known === null || call.flag('all')));
  say(verdict(campaign, bad));
  return bad.length === 0 ? EXIT.good : EXIT.bad;
}

/** What was run against what was asked for. Programs of which nothing can be said are a doubt. */
function note_work(ledger: Ledger, campaign: PortCampaign<Run>, regressions: number, cases: number): void {
  const { programs, unusable, regressions: replays } = campaign;
  ledger.ask('regressions', regressions);
  ledger.done('regressions', replays.seen.length);
  if (cases > 0) ledger.ask('programs', cases);
  if (cases > 0) ledger.done('programs', programs);
  for (const [why, n] of unusable) ledger.doubt(`not judged: ${n} programs, ${why}`);
}

/** In one line. Throws a CallError where nothing at all could be judged. */
function verdict(
  { findings, programs, unusable, regressions, fixed }: PortCampaign<Run>,
  bad: readonly Sighting<Run>[],
): string {
  const [[why = ''] = []] = unusable;
  const { hold, listed, gone, unlisted } = regressions;
  const replayed = hold.length + listed.length + gone.length + unlisted.length;
  const not_judged = [...unusable.values()].reduce((sum, n) => sum + n, 0);
  if (why !== '' && replayed === 0 && not_judged >= programs) throw new CallError(`nothing could be judged: ${why}`);
  const sure = findings.filter((one) => !is_flake(one));
  const flakes = findings.length > sure.length ? `; ${findings.length - sure.length} flakes` : '';
  const fresh = sure.filter(({ known }) => known === null).length;
  const known = sure.flatMap((one) => one.known ?? []).sort();
  const names = known.length > 0 ? `; known: ${known.join(', ')}` : '';
  const gone_ones = fixed.length > 0 ? `; fixed: ${fixed.join(', ')}` : '';
  if (fresh > 0) return `BROKEN: ${fresh} new finding${fresh === 1 ? '' : 's'}${names}${gone_ones}${flakes}`;
  if (bad.length > 0) return `BROKEN, as known${names}${gone_ones}${flakes}`;
  return `nothing new is broken${names}${gone_ones}${flakes}`;
}
