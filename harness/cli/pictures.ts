/** What a report shows of programs that whoever reads it cannot run: those of the user's own implementation. */
import { Hung, type Pool } from '../pool/pool';
import type { Program } from '../program/command';
import type { Terminal } from './cli';

/** More commands are listed, and not shown one by one: a report has a size. */
const COMMANDS_AT_MOST = 100;

/** Has programs of the implementation `own` run once more, and what is seen told to the terminal's audience. */
export async function tell_pictures(
  { audience }: Terminal,
  pool: Pool,
  own: string | null,
  ran: readonly { readonly variant: string; readonly program: Program }[],
): Promise<void> {
  if (!audience) return;
  for (const { variant, program } of ran) {
    if (variant !== own || program.length > COMMANDS_AT_MOST || pool.stopped()) continue;
    try {
      audience.pictured(variant, program, await pool.ask({ kind: 'pictures', variant, program }));
    } catch (error) {
      // What hangs is shown as a list of commands.
      if (!(error instanceof Hung)) throw error;
    }
  }
}
