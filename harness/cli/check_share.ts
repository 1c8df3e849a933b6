/** `check --shard`: a share of the random programs. Nothing is shrunk or judged here: `merge` does that, of all together. */
import { type CampaignRequest, run_share } from '../campaign/search';
import { counted } from '../counted';
import { case_text } from '../program/case';
import { PROGRAMS } from '../shard/outcome';
import type { PartWriter } from '../shard/part';
import { type Share, share_text } from '../shard/share';
import type { Context, Terminal } from './cli';
import type { Journal } from './journal';
import { keep_violation } from './keep';
import type { Ledger } from './ledger';
import { shard_done, shard_interrupted } from './shard';
import { with_pool } from './with_pool';

/** Runs the share and prints it. The exit code says whether all of it was run; the verdict is that of `merge`. */
export async function check_share<View>(
  { suite, new_pool }: Context<View>,
  wanted: CampaignRequest,
  share: Share,
  part: PartWriter,
  terminal: Terminal,
  ledger: Ledger,
  journal: Journal,
): Promise<number> {
  const { variants, seed, cases } = wanted;
  terminal.err(`check: shard ${share_text(share)}, ${counted(variants.length, 'variant')}, seed ${seed}`);
  const outcomes = await with_pool(new_pool, terminal, ledger, (pool) =>
    run_share(suite, pool, wanted, share, ({ variant, property, case: index }) => {
      keep_violation(journal, suite, { variant, property, seed, index }, null);
      if (suite.variants.get(variant)?.violates.includes(property)) return;
      terminal.err(`${variant} breaks ${property} (${case_text({ seed, index })})`);
    }),
  );
  if (terminal.signal.aborted) return shard_interrupted(terminal);
  const mine = cases === Number.MAX_SAFE_INTEGER ? null : Math.ceil((cases - share.index) / share.of);
  for (const variant of variants) {
    const programs = outcomes.reduce((sum, { results }) => sum + (results[variant]?.programs ?? 0), 0);
    const hangs = outcomes.some((one) => one.hangs[variant] !== undefined);
    // Of fewer cases than shards, some have none.
    if (mine === null || mine <= 0 || hangs) continue;
    ledger.ask(`programs on ${variant}`, mine);
    ledger.done(`programs on ${variant}`, programs);
  }
  ledger.ask('shards', 1);
  ledger.done('shards', 1);
  part.keep(PROGRAMS, outcomes);
  journal.told();
  return shard_done(share, part, terminal);
}
