/** `explore --shard`: all depths but the last, and a share of that. */
import { CallError } from '../errors';
import type { Pool } from '../pool/pool';
import { CALLED, explore_share } from '../shard/exploration';
import type { PartWriter } from '../shard/part';
import type { Share } from '../shard/share';
import type { Context, Terminal } from './cli';
import { type Asked, explore_one } from './explore_one';
import type { Journal } from './journal';
import type { Ledger } from './ledger';
import { shard_done, shard_interrupted } from './shard';
import { with_pool } from './with_pool';

/** A share of the last depth, of each variant. What it comes to is for `merge` to say. */
export async function explore_shard<View>(
  { suite, new_pool }: Context<View>,
  variants: readonly string[],
  asked: Asked,
  share: Share,
  part: PartWriter,
  terminal: Terminal,
  ledger: Ledger,
  journal: Journal,
): Promise<number> {
  let told = '';
  const tell = (text: string) => {
    told = text;
  };
  let called: ReadonlyMap<string, number> = new Map();
  const search = explore_share(share, part);
  const work = async (pool: Pool): Promise<string | null> => {
    for (const variant of variants) {
      if (terminal.signal.aborted) break;
      const { refused } = await explore_one(suite, pool, terminal, variant, { ...asked, search }, tell, journal);
      if (refused !== null) return refused;
      ledger.done('variants', 1);
    }
    called = pool.called();
    return null;
  };
  ledger.ask('variants', variants.length);
  const refused = await with_pool(new_pool, terminal, ledger, work, () => told);
  if (terminal.signal.aborted) return shard_interrupted(terminal);
  if (refused !== null) throw new CallError(refused);
  part.keep(CALLED, Object.fromEntries(called));
  journal.told();
  return shard_done(share, part, terminal);
}
