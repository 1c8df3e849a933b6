/** The command line: the engine's commands over KVM's suite, and those that only KVM has. */
import { check_command } from '../../harness/cli/check';
import {
  type Call,
  type CliCommand,
  type Context,
  EXIT,
  HELP,
  type Open,
  overview,
  run_cli,
  type Terminal,
} from '../../harness/cli/cli';
import { explore_command } from '../../harness/cli/explore';
import { list_command } from '../../harness/cli/list';
import { matrix_command } from '../../harness/cli/matrix';
import { merge_command } from '../../harness/cli/merge';
import { replay_command } from '../../harness/cli/replay';
import { shrink_command } from '../../harness/cli/shrink';
import { start_of } from '../../harness/cli/start_again';
import { triage_command } from '../../harness/cli/triage';
import { CallError } from '../../harness/errors';
import { Hung, type Pool, this_thread } from '../../harness/pool/pool';
import type { Compiled } from '../../harness/user_code/typescript';
import { compile_implementation, load_implementation, stand_in } from '../../models/implementation';
import type { View } from '../../models/lockstep/session';
import { kept_report, with_html } from '../report/html';
import { PLAY } from '../report/play';
import { CONFORM, recorded_table } from './conform';
import { EXPORT } from './export';
import { bug_of_2020 } from './first_minute';
import { LIVE } from './live/command';
import { REPORT } from './report_mail';
import { SUITE, suite_with } from './suite';

/** Transitions of a certificate in the main job: what takes longer to prove, `check` and `shrink` prove. */
const AT_A_GLANCE = '3000';

/** Makes threads that know the user's own implementation, if there is one. */
export type NewPool = (own: Compiled | null) => Pool;

/** Runs a call in a process of its own, which prints what it has to say. The result is its exit code. */
export type Subprocess = (argv: readonly string[]) => Promise<number>;

/** Without a command: the main job, the recorded kernels and the search. The result is the exit code. */
export async function main(
  argv: readonly string[],
  terminal: Terminal,
  new_pool?: NewPool,
  subprocess?: Subprocess,
): Promise<number> {
  const open = async (call: Call): Promise<Context<View>> => {
    const file = call.text('implementation');
    const compiled = file === undefined ? null : compile_implementation(file);
    const threads = compiled && new_pool?.(compiled);
    const { state = [], places } = compiled ?? {};
    const code = Object.values(compiled?.modules ?? {}).sort();
    const about = { state, places, code };
    if (threads) return { ...(await described(threads, compiled.entry)), new_pool: () => threads, ...about };
    const own = compiled && load_implementation(compiled);
    const suite = own ? suite_with(own) : SUITE;
    const pool = () => new_pool?.(compiled) ?? this_thread(suite, terminal.now);
    return { suite, new_pool: pool, own: own?.name ?? null, ...about };
  };
  const parts = divided(open);
  const commands: ReadonlyMap<string, CliCommand> = new Map([
    ['conform', with_html('conform', CONFORM)],
    ['check', parts.check],
    ['explore', parts.explore],
    ['matrix', parts.matrix],
    ['shrink', shrink_command(open)],
    ['replay', with_html('replay', replay_command(open))],
    ['list', list_command(open)],
    ['live', parts.live],
    ['export', EXPORT],
    ['report', REPORT],
    ['play', PLAY],
    ['merge', merge_command(open, (one) => new Map(Object.entries(divided(one))))],
    ['triage', triage_command(open)],
  ]);
  const [first = ''] = argv;
  const verbose = first === '--verbose' && argv.length === 1;
  if (first === '' || verbose) {
    const short = verbose ? [] : ['--short'];
    if (!verbose) for (const line of bug_of_2020(terminal.env)) terminal.out(line);
    if (!verbose) terminal.out('recorded kernels: do the models do what was recorded? (takes some seconds)');
    const report = kept_report(terminal, ['kvm-nx-harness', ...argv].join(' '));
    const recorded = report && `${report.file}.conform`;
    // The recordings keep one core busy for seconds: the search begins meanwhile, and is reported after them.
    const conform = ['conform', ...short, ...(recorded === null ? [] : ['--results', recorded])];
    const conforms = subprocess ? subprocess(conform) : run_cli(commands, conform, terminal);
    const told = report ? { ...terminal, audience: report.audience } : terminal;
    const checks = run_cli(commands, ['check', '--transitions', AT_A_GLANCE, ...short], held_back(told, conforms));
    const code = Math.max(...(await Promise.all([conforms, checks])));
    if (report && recorded !== null) {
      report.audience.table(recorded_table(recorded));
      report.write(code);
    }
    if (!verbose) terminal.out(`every variant and every table: ${start_of(terminal.env)} --verbose`);
    return code;
  }
  if (first === '--version') {
    terminal.out(`kvm-nx-harness ${terminal.build ?? 'of no build'}`);
    return EXIT.good;
  }
  if (first === 'help' || HELP.includes(first)) {
    const [, about] = argv;
    if (about !== undefined && !HELP.includes(about)) return run_cli(commands, [about, '--help'], terminal);
    terminal.out('(no command)  [--verbose]');
    terminal.out(
      '    the main job: the bug of 2020, recorded kernels, the search; --verbose: a line a variant, and every table',
    );
    for (const line of overview(commands)) terminal.out(line);
    return EXIT.good;
  }
  return run_cli(commands, argv, terminal);
}

/** Commands whose work can be divided among processes. */
const divided = (open: Open<View>) => ({
  check: with_html('check', check_command(open)),
  explore: with_html('explore', explore_command(open)),
  matrix: with_html('matrix', matrix_command(open)),
  live: with_html('live', LIVE),
});

/** The suite with a user's own implementation, of which nothing runs in this thread. Throws a CallError if it cannot be loaded. */
async function described(threads: Pool, file: string): Promise<Pick<Context<View>, 'suite' | 'own'>> {
  try {
    const own = await threads.ask({ kind: 'own' });
    if (!own) throw new Error('the worker threads were given no implementation');
    return { suite: suite_with(stand_in(own)), own: own.name };
  } catch (error) {
    await threads.close();
    if (error instanceof Hung)
      throw new CallError(`${file} cannot be loaded: it does not end within ${error.seconds} s of processor time`);
    throw error;
  }
}

/** The same terminal, but lines wait until what comes before them has been said. */
function held_back(terminal: Terminal, before: Promise<unknown>): Terminal {
  let held: (() => void)[] | null = [];
  const release = () => {
    for (const print of held ?? []) print();
    held = null;
  };
  before.then(release, release);
  const in_turn = (print: () => void): void => {
    if (held) held.push(print);
    else print();
  };
  return {
    ...terminal,
    out: (line) => in_turn(() => terminal.out(line)),
    err: (line) => in_turn(() => terminal.err(line)),
    progress: (line) => {
      if (!held) terminal.progress(line);
    },
  };
}
