/** The command line: the engine's commands over KVM's suite, and those that only KVM has. */
import { check_command } from '../harness/check';
import { type CliCommand, run_cli, type Terminal } from '../harness/cli';
import { CONFORM } from '../models/conform';
import { SUITE } from '../properties/suite';

export const COMMANDS: ReadonlyMap<string, CliCommand> = new Map([
  ['conform', CONFORM],
  ['check', check_command(SUITE)],
]);

/** Without a command: the main job, first the recorded kernels, then the search. */
export function main(argv: readonly string[], terminal: Terminal): number {
  const [first = ''] = argv;
  if (first === '') return Math.max(run_cli(COMMANDS, ['conform'], terminal), run_cli(COMMANDS, ['check'], terminal));
  if (first === '--help' || first === 'help') {
    for (const { usage, doc } of COMMANDS.values()) terminal.out(`${usage}\n    ${doc}`);
    return 0;
  }
  return run_cli(COMMANDS, argv, terminal);
}
