import { execFileSync } from 'node:child_process';

/** The commit that is checked out here; null outside a git checkout. */
export function head_commit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}
