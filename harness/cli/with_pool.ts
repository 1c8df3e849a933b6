import type { Pool } from '../pool/pool';
import type { Terminal } from './cli';
import type { Ledger } from './ledger';

/**
 * Work on threads that come to an end when the user interrupts, and are closed whatever happens. `tell` says how far it has
 * come, where that is more than what each thread is doing, and `left` how long it may still take. What user code has thrown when nobody had called it is a doubt.
 */
export async function with_pool<T>(
  new_pool: () => Pool,
  terminal: Terminal,
  ledger: Ledger,
  work: (pool: Pool) => Promise<T>,
  tell?: () => string,
  left?: (pool: Pool) => string,
): Promise<T> {
  const pool = new_pool();
  const stop = () => pool.stop();
  const began = terminal.now();
  const told = setInterval(() => {
    const more = left?.(pool) ?? '';
    const spent = `${Math.round((terminal.now() - began) / 1000)} s${more === '' ? '' : `, ${more} more`}`;
    terminal.progress(`${spent}: ${tell?.() ?? pool.progress()}`);
  }, PROGRESS_EVERY).unref();
  terminal.signal.addEventListener('abort', stop);
  // It may have come while a file was read.
  if (terminal.signal.aborted) stop();
  try {
    return await work(pool);
  } finally {
    clearInterval(told);
    terminal.progress('');
    terminal.signal.removeEventListener('abort', stop);
    await pool.close();
    for (const late of pool.late()) ledger.doubt(late);
  }
}

/** Milliseconds. */
const PROGRESS_EVERY = 500;
