/** `live --kernel debian:`: which kernels Debian's suites hold. */
import { type Call, EXIT, type Terminal } from '../../../harness/cli/cli';
import { json_line } from '../../../harness/cli/json_line';
import type { Ledger } from '../../../harness/cli/ledger';
import { debian_kernels } from '../../../models/live/debian';
import { held_lines } from '../../../models/live/packages';
import { cache_folder } from './kernels';

/** The name that means any of Debian's kernels, and so none. */
export const ANY_OF_DEBIAN = 'debian:';

/** Prints a paragraph for each series, or with --json a line for each version. */
export async function list_kernels(call: Call, terminal: Terminal, ledger: Ledger): Promise<number> {
  ledger.ask('lists', 1);
  const told = (line: string) => terminal.err(`${ANY_OF_DEBIAN} ${line}`);
  const held = await debian_kernels(cache_folder(terminal), told, terminal.signal, terminal);
  ledger.done('lists', 1);
  if (call.flag('json'))
    for (const one of held) terminal.out(json_line({ kernel: `debian:${one.series}=${one.version}`, ...one }));
  else {
    for (const line of held_lines(held)) terminal.out(line);
    terminal.out('the newest of a series: --kernel debian:SERIES; any other: --kernel debian:SERIES=VERSION');
  }
  return EXIT.good;
}
