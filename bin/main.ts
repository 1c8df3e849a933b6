/** The command line: the engine's commands over KVM's suite, and those that only KVM has. */
import { check_command } from '../harness/check';
import { type CliCommand, run_cli, type Terminal } from '../harness/cli';
import { type Pool, this_thread } from '../harness/pool';
import { CONFORM } from '../models/conform';
import { SUITE } from '../properties/suite';

/** Without a command: the main job, first the recorded kernels, then the search. The result is the exit code. */
export async function main(
  argv: readonly string[],
  terminal: Terminal,
  new_pool: () => Pool = () => this_thread(SUITE),
): Promise<number> {
  const commands: ReadonlyMap<string, CliCommand> = new Map([
    ['conform', CONFORM],
    ['check', check_command(SUITE, new_pool)],
  ]);
  const [first = ''] = argv;
  if (first === '') {
    const conforms = await run_cli(commands, ['conform'], terminal);
    return Math.max(conforms, await run_cli(commands, ['check'], terminal));
  }
  if (first === '--help' || first === 'help') {
    for (const { usage, doc } of commands.values()) terminal.out(`${usage}\n    ${doc}`);
    return 0;
  }
  return run_cli(commands, argv, terminal);
}
