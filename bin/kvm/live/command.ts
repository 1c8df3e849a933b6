import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  in_order,
  is_flake,
  type PortCampaign,
  type Sighting,
  search_behind_port,
} from '../../../harness/campaign/port';
import {
  type Call,
  type CliCommand,
  EXIT,
  not_both,
  number_flag,
  seed_flag,
  type Terminal,
  time_flag,
} from '../../../harness/cli/cli';
import { step_table } from '../../../harness/cli/counterexample_report';
import { default_seed } from '../../../harness/cli/default_seed';
import { head_commit } from '../../../harness/cli/git';
import type { Journal } from '../../../harness/cli/journal';
import { json_line } from '../../../harness/cli/json_line';
import type { Ledger } from '../../../harness/cli/ledger';
import { file_of } from '../../../harness/cli/shrink';
import { CallError, known } from '../../../harness/errors';
import { read_named } from '../../../harness/files/read';
import { check_new, save_new } from '../../../harness/files/save';
import { case_of, case_text, parse_case } from '../../../harness/program/case';
import type { Program } from '../../../harness/program/command';
import { read_program_file } from '../../../harness/program/file';
import { program_texts } from '../../../harness/program/text';
import { read_regressions, regression_of_machine } from '../../../harness/regression/regression';
import { bounds_of, COMMANDS, VARIANTS } from '../../../models/catalogue/catalogue';
import { name_today } from '../../../models/catalogue/former_names';
import { trace_of } from '../../../models/live/record';
import { run_again } from '../../../models/live/recorded';
import { live_runner } from '../../../models/live/runner';
import { live_steps } from '../../../models/live/steps';
import { type Run, run_live, type Target, target_of } from '../../../models/live/target';
import { type Trace, traces_of } from '../../../models/observed/traces';
import { GIANT_WORLD, LIVE_WORLD } from '../../../models/world/world';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { SUITE } from '../suite';
import { check_base_call, compare_kernels } from './base';
import { machine_of } from './kernels';
import {
  finding_report,
  fixed_line,
  kernel_line,
  known_line,
  met_line,
  nearness,
  row_of_program,
  rows_of,
  stop_at,
  summary,
  work_text,
} from './report';

const DEFAULT_CASES = 100;
const MAX_CASES = 1_000_000;

/** `live`: a real kernel instead of a model. */
export const LIVE: CliCommand = {
  usage:
    'live --kernel PATH|debian:6.1|debian:6.12|debian:7.3 [--modules DIR] [--params tdp_mmu=0] [--giant] | --target host ' +
    '[--base PATH|debian:… [--base-modules DIR]] ' +
    '[--contract BASELINE] [--seed S] [--cases N] [--time 5m] [--program FILE|SEED:CASE] [--save NAME] [--record FILE] [--journal FILE] [--all] [--json]',
  doc: 'a real kernel, booted in a virtual machine: the regressions, then random programs; what breaks is shrunk on it; --base: what it does otherwise than another',
  options: {
    kernel: { type: 'string' },
    modules: { type: 'string' },
    base: { type: 'string' },
    'base-modules': { type: 'string' },
    params: { type: 'string' },
    giant: { type: 'boolean' },
    target: { type: 'string' },
    contract: { type: 'string' },
    seed: { type: 'string' },
    cases: { type: 'string' },
    time: { type: 'string' },
    program: { type: 'string' },
    save: { type: 'string' },
    record: { type: 'string' },
    journal: { type: 'string' },
    all: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  async run(call, terminal, ledger, journal) {
    if (call.words.length > 0)
      throw new CallError(`live takes no words, but "${call.words.join(' ')}"; usage: ${LIVE.usage}`);
    const seconds = time_flag(call, 'time');
    const cases = number_flag(call, 'cases', 0, MAX_CASES, seconds === null ? DEFAULT_CASES : MAX_CASES);
    const seed = seed_flag(call) ?? default_seed(terminal.env, terminal.now(), head_commit);
    // What is wrong with the call is said before anything is booted.
    const named = call.text('contract');
    const contract = named === undefined ? undefined : known('variant', name_today(named), VARIANTS).name;
    const base = call.text('base');
    if (base !== undefined) check_base_call(call);
    if (base === undefined && call.text('base-modules') !== undefined)
      throw new CallError('--base-modules without --base');
    const program = call.text('program');
    for (const name of ['save', 'all', 'seed', 'cases', 'time', 'journal']) not_both(call, 'program', name);
    const record = call.text('record');
    const files = [...(record === undefined ? [] : [resolve(record)]), ...[save_file(call) ?? []].flat()];
    if (new Set(files).size < files.length) throw new CallError('--record and --save name one file');
    for (const file of files) check_new(file);
    const given = program === undefined ? null : await read_given(program, call.flag('giant'), terminal.signal);

    const machine = await machine_of(call, terminal).catch((error: unknown) => {
      if (!terminal.signal.aborted) throw error;
      return null;
    });
    if (machine === null) {
      terminal.err('interrupted before the kernel was up');
      return EXIT.interrupted;
    }
    try {
      const target = target_of(machine, LIVE_CLAIMS, contract, call.flag('giant'));
      const say = call.flag('json') ? terminal.err : terminal.out;
      say(`kernel: ${kernel_line(machine)}`);
      // Time begins when the kernel is up.
      const until = seconds === null ? Number.POSITIVE_INFINITY : terminal.now() + seconds * 1000;
      const wanted = { seed, cases, until };
      if (base !== undefined)
        return await compare_kernels(machine, call, terminal, ledger, journal, { base, ...wanted });
      say(`contract: ${target.contract_name}${contract === undefined ? nearness(target) : ''}`);
      if (program === undefined) return await search(target, call, terminal, ledger, journal, wanted);
      return given?.traces
        ? await recorded_programs(target, program, given.traces, terminal, call, ledger)
        : await one_program(target, given?.program ?? null, program, terminal, call, ledger);
    } finally {
      await machine.close();
    }
  },
};

/** What a search is asked for. `until`: no new program after this moment, in milliseconds since 1970. */
export interface Wanted {
  readonly seed: string;
  readonly cases: number;
  readonly until: number;
}

async function search(
  target: Target,
  call: Call,
  terminal: Terminal,
  ledger: Ledger,
  journal: Journal,
  { seed, cases, until }: Wanted,
): Promise<number> {
  const say = call.flag('json') ? terminal.err : terminal.out;
  say(`live: ${work_text(cases, call)}, seed ${seed}`);
  const traces: string[] = [];
  const regressions = read_regressions(SUITE);
  const campaign = await search_behind_port(live_runner(target), {
    regressions,
    seed,
    cases,
    stop: stop_at(terminal, until),
    now: terminal.now,
    progress: terminal.progress,
    met: ({ property, breach }, { program: met }, index) =>
      terminal.err(met_line(property, breach, met.length, index === null ? null : { seed, index })),
    record: (run) => traces.push(trace_of(target, target.programs.world, run) ?? ''),
    tell: ({ property, program, known, case: index }) => {
      const where = index === null ? null : case_text({ seed, index });
      const texts = program_texts(COMMANDS, program);
      journal.keep({
        variant: target.machine.hello.release,
        property,
        case: where,
        program: texts,
        expected: known !== null,
      });
    },
  });
  terminal.progress('');
  for (const line of summary(target, campaign)) say(line);
  if (call.flag('json')) for (const row of rows_of(target, campaign, seed)) terminal.out(json_line(row));
  else {
    // What is known takes a line; --all tells it as what is new.
    const ordered = in_order(campaign.findings);
    const whole = ordered.filter(({ known }) => known === null || call.flag('all'));
    for (const line of whole.flatMap((one) => ['', ...finding_report(target, one, seed)])) terminal.out(line);
    if (ordered.length > whole.length) terminal.out('');
    for (const one of ordered.filter((finding) => !whole.includes(finding))) terminal.out(known_line(one));
    for (const name of campaign.fixed) terminal.out(fixed_line(name));
  }
  journal.told();
  try {
    write_record(call, traces, say);
  } finally {
    keep(target, campaign, call, seed, say);
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

/** A program of the user's own: what it does, command by command. */
async function one_program(
  target: Target,
  given: Program | null,
  word: string,
  terminal: Terminal,
  call: Call,
  ledger: Ledger,
): Promise<number> {
  const run = await run_live(target, given ?? drawn(target, word));
  if (run.unusable !== null) throw new CallError(`the program could not be run: ${run.unusable}`);
  const trace = trace_of(target, target.programs.world, run);
  write_record(call, trace === null ? [] : [trace], call.flag('json') ? terminal.err : terminal.out);
  const exit = run.found.length === 0 ? EXIT.good : EXIT.bad;
  ledger.ask('commands', run.program.length);
  ledger.done('commands', run.commands);
  if (call.flag('json')) {
    terminal.out(json_line(row_of_program(target, run)));
    return exit;
  }
  for (const line of step_table(live_steps(run.program, run.seen))) terminal.out(line);
  for (const { property, breach, step } of run.found) {
    terminal.out(`broken  ${property}, at command ${step + 1}: got ${breach.got}, want ${breach.want}`);
  }
  for (const line of run.answer.death?.console ?? []) terminal.out(`console ${line}`);
  return exit;
}

/** Programs recorded on some kernel: does this one do the same? */
async function recorded_programs(
  target: Target,
  file: string,
  traces: readonly Trace[],
  terminal: Terminal,
  call: Call,
  ledger: Ledger,
): Promise<number> {
  const { steps, as_recorded, first, lines } = await run_again(target, traces, {
    stop: terminal.signal,
    progress: terminal.progress,
  });
  terminal.progress('');
  const json = call.flag('json');
  write_record(call, lines, json ? terminal.err : terminal.out);
  ledger.ask('programs', traces.length);
  ledger.done('programs', lines.length);
  const { release } = target.machine.hello;
  if (json) {
    terminal.out(json_line({ kernel: release, file, programs: traces.length, steps, as_recorded, first }));
  } else {
    terminal.out(`${file}: ${traces.length} programs, ${as_recorded} of ${steps} steps as recorded`);
    if (first !== null) terminal.out(`  first: ${first}`);
  }
  if (terminal.signal.aborted) return EXIT.interrupted;
  return as_recorded === steps ? EXIT.good : EXIT.bad;
}

/** A file that is there is meant, whatever its name. */
const as_case = (word: string) => (existsSync(word) ? null : parse_case(word));

/** What is in the file that --program names, read before anything is booted: one program, or recorded ones; neither for a case. */
async function read_given(
  word: string,
  giant: boolean,
  signal: AbortSignal,
): Promise<{ readonly program: Program | null; readonly traces: readonly Trace[] | null }> {
  if (as_case(word) !== null) return { program: null, traces: null };
  if (!word.endsWith('.jsonl')) {
    const bounds = bounds_of(giant ? GIANT_WORLD : LIVE_WORLD);
    return { program: read_program_file(COMMANDS, bounds, word, await read_named(word, signal)), traces: null };
  }
  const traces: Trace[] = [];
  for await (const trace of traces_of(word, signal)) traces.push(trace);
  return { program: null, traces };
}

/** A case of a search, SEED:CASE. */
function drawn({ programs }: Target, word: string): Program {
  const { seed, index } = case_of(word);
  return programs.draw(seed, index);
}

function write_record(call: Call, traces: readonly string[], say: (line: string) => void): void {
  const file = call.text('record');
  if (file === undefined) return;
  const lines = traces.filter((line) => line !== '');
  save_new(resolve(file), lines.map((line) => `${line}\n`).join(''));
  say(`recorded ${lines.length} programs in ${file}`);
}

/** A name goes into the project's regressions; a path, or a file name, where it says. */
function save_file(call: Call): string | undefined {
  const name = call.text('save');
  return name === undefined ? undefined : file_of(SUITE, name);
}

/** Keeps the first new finding, or the first at all. */
function keep(
  { machine }: Target,
  { findings }: PortCampaign<Run>,
  call: Call,
  seed: string,
  say: (line: string) => void,
): void {
  const file = save_file(call);
  if (file === undefined) return;
  const [first] = in_order(findings).filter((one) => !is_flake(one));
  if (!first) {
    say('nothing to save: nothing is broken');
    return;
  }
  const { case: index } = first;
  save_new(file, regression_of_machine(SUITE, machine.hello, first, index === null ? null : { seed, index }));
  say(`saved   ${file} (${first.property}); say in "postmortem" what went wrong, and why`);
}
