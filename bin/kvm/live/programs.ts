/** `live --program`: one program, or recorded ones, instead of a search. */
import { existsSync } from 'node:fs';
import { type Call, EXIT, type Terminal } from '../../../harness/cli/cli';
import { step_table } from '../../../harness/cli/counterexample_report';
import { json_line } from '../../../harness/cli/json_line';
import type { Ledger } from '../../../harness/cli/ledger';
import { CallError } from '../../../harness/errors';
import { read_named } from '../../../harness/files/read';
import { case_of, parse_case } from '../../../harness/program/case';
import type { Program } from '../../../harness/program/command';
import { read_program_file } from '../../../harness/program/file';
import { program_file } from '../../../harness/regression/named';
import { read_regressions } from '../../../harness/regression/regression';
import { bounds_of, COMMANDS } from '../../../models/catalogue/catalogue';
import { known_text } from '../../../models/catalogue/known_text';
import { trace_of } from '../../../models/live/record';
import { run_again } from '../../../models/live/recorded';
import { live_steps } from '../../../models/live/steps';
import { type Run, run_live, type Target, world_for } from '../../../models/live/target';
import { type Trace, traces_of } from '../../../models/observed/traces';
import { GIANT_WORLD, LIVE_WORLD, TWO_GIGAS, type World } from '../../../models/world/world';
import { SUITE } from '../suite';
import { write_record } from './kept';
import { row_of_program } from './report';
import { runner_of } from './shard';

/** A program of the user's own: what it does, command by command. */
export async function one_program(
  target: Target,
  given: Program | null,
  word: string,
  terminal: Terminal,
  call: Call,
  ledger: Ledger,
): Promise<number> {
  const run = await run_live(target, given ?? drawn(target, word));
  if (run.unusable !== null) throw new CallError(`the program could not be run: ${run.unusable}`);
  const trace = trace_of(target, world_for(target, run.program), run);
  write_record(call, trace === null ? [] : [trace], call.flag('json') ? terminal.err : terminal.out);
  const exit = run.found.length === 0 ? EXIT.good : EXIT.bad;
  terminal.audience?.table({
    title: `The program on ${target.machine.hello.release}`,
    note: run.found
      .map(
        ({ property, step, breach: { got, want } }) =>
          `Command ${step + 1} breaks ${property}: got ${got}, want ${want}.`,
      )
      .join(' '),
    rows: live_steps(run.program, run.seen).map(({ command, row }) => ({ command, ...row })),
  });
  ledger.ask('commands', run.program.length);
  ledger.done('commands', run.commands);
  if (call.flag('json')) {
    terminal.out(json_line(row_of_program(target, run)));
    return exit;
  }
  for (const line of step_table(live_steps(run.program, run.seen), {
    width: terminal.columns,
    broken: run.found,
    about: SUITE.columns_of,
  }))
    terminal.out(line);
  for (const { property, breach, step } of run.found) {
    terminal.out(`broken  ${property}, at command ${step + 1}: got ${breach.got}, want ${breach.want}`);
  }
  for (const line of run.answer.death?.console ?? []) terminal.out(`console ${line}`);
  for (const line of known_lines(target, run, call)) terminal.out(line);
  return exit;
}

/** Whether what a program breaks is known of this kernel, a line a defect. */
function known_lines(target: Target, run: Run, call: Call): readonly string[] {
  if (run.found.length === 0) return ['holds   no property breaks'];
  const { runner } = runner_of(target, call);
  const regressions = read_regressions(SUITE);
  const names = run.found.map(({ property, step }) => runner.known(property, runner.upto(run, step), regressions));
  return [...new Set(names)].map((name) =>
    name === null ? 'NEW     no defect that is listed for this kernel shows this' : `known   ${known_text(name)}`,
  );
}

/** Programs recorded on some kernel: does this one do the same? */
export async function recorded_programs(
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
  terminal.audience?.table({
    title: `Recorded programs on ${release}`,
    note: '',
    rows: [
      {
        file,
        programs: String(traces.length),
        steps: String(steps),
        'as recorded': String(as_recorded),
        first: first ?? '',
      },
    ],
  });
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
export async function read_given(
  word: string,
  giant: boolean,
  signal: AbortSignal,
): Promise<{ readonly program: Program | null; readonly traces: readonly Trace[] | null }> {
  if (as_case(word) !== null) return { program: null, traces: null };
  const file = program_file(SUITE, word);
  if (!file.endsWith('.jsonl')) {
    const text = await read_named(file, signal);
    const read = (world: World) => read_program_file(COMMANDS, bounds_of(world), file, text);
    const widest = read(giant ? GIANT_WORLD : TWO_GIGAS);
    // Only with an entry of L1's tables that changes a guest has memory in two 1G pages: without, it has fewer pages.
    const program = giant || widest.some(({ name }) => name === 'remap_entry') ? widest : read(LIVE_WORLD);
    return { program, traces: null };
  }
  const traces: Trace[] = [];
  for await (const trace of traces_of(file, signal)) traces.push(trace);
  return { program: null, traces };
}

/** A case of a search, SEED:CASE. */
function drawn({ programs }: Target, word: string): Program {
  const { seed, index } = case_of(word);
  return programs.draw(seed, index);
}
