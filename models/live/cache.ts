/** Work in the folder in which kernels are kept between calls. */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { make_folder } from '../../harness/files/folder';
import { is_alive } from '../../harness/files/save';

/** Milliseconds. For so long a kernel counts as the newest, and work of another machine as under way. */
export const DAY = 24 * 3600 * 1000;

/**
 * Runs something with a folder of its own in the cache, which is removed afterwards. In it an apt has its own state, even
 * its own lock: processes that fetch at the same time share only the last step, a rename.
 */
export async function in_work_folder<T>(cache: string, now: number, use: (work: string) => Promise<T>): Promise<T> {
  const work = join(cache, `fetching-${hostname()}-${process.pid}-${randomUUID()}.tmp`);
  try {
    remove_left_over(cache, now);
    make_folder(work);
    return await use(work);
  } finally {
    if (existsSync(work)) rmSync(work, { recursive: true, maxRetries: 5 });
  }
}

/**
 * Removes what killed processes of this machine have left in the cache, and what those of other machines left a day ago
 * or earlier.
 */
function remove_left_over(cache: string, now: number): void {
  const entries = existsSync(cache) ? readdirSync(cache) : [];
  const mine = `fetching-${hostname()}-`;
  for (const entry of entries.filter((name) => /^fetching-.*[.]tmp$/.test(name))) {
    const pid = entry.startsWith(mine) ? /^(\d+)-/.exec(entry.slice(mine.length))?.[1] : undefined;
    const work = join(cache, entry);
    const since = statSync(work, { throwIfNoEntry: false })?.mtimeMs ?? now;
    const left = pid === undefined ? now - since > DAY : !is_alive(Number(pid));
    if (left) rmSync(work, { recursive: true, force: true });
  }
}
