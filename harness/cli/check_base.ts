/** `check --base`: what an implementation does otherwise than another, whoever of the two is right. */
import { difference_runner } from '../campaign/difference';
import { pool_runner } from '../campaign/model_runner';
import { CallError, known } from '../errors';
import type { Pool } from '../pool/pool';
import type { Program } from '../program/command';
import { program_texts } from '../program/text';
import type { Suite } from '../suite';
import type { Terminal } from './cli';
import { type Comparison, compare } from './compare';
import type { Journal } from './journal';
import type { Ledger } from './ledger';
import { never_asked } from './never_asked';

/** The variant that `--base` names. Throws a CallError if there is none, or if it is compared with itself. */
export function base_of<View>(suite: Suite<View>, variants: readonly string[], word: string): string {
  const base = known('variant', suite.name_today(word), suite.variants).name;
  if (variants.length !== 1) throw new CallError(`--base compares one implementation, not ${variants.length}`);
  if (variants[0] === base) throw new CallError(`--base ${base}: that is the implementation itself`);
  return base;
}

/** The same programs on both, on the pool's threads. What the changed one replaces and nobody asked was never compared. */
export function check_base<View>(
  suite: Suite<View>,
  asked: Omit<Comparison, 'texts' | 'doubts'>,
  pool: Pool,
  terminal: Terminal,
  ledger: Ledger,
  journal: Journal,
): Promise<number> {
  const { changed, base } = asked;
  const texts = (program: Program) => program_texts(suite.commands, program);
  const [one, other] = [pool_runner(suite, pool, changed), pool_runner(suite, pool, base)];
  const runner = difference_runner(one, other, { rows: ({ rows }) => rows, texts });
  const doubts = () => never_asked(suite, changed, pool);
  return compare(runner, { ...asked, texts, doubts }, terminal, ledger, journal);
}
