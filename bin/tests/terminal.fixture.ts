import type { Terminal } from '../../harness/cli/cli';
import { main } from '../kvm/main';

/** What a call prints and how it ends. Time stands still, nobody watches, nobody interrupts. */
export async function call(argv: readonly string[], terminal: Partial<Terminal> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(argv, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    progress: () => {},
    now: () => 0,
    env: {},
    signal: new AbortController().signal,
    ...terminal,
  });
  return { code, out, err };
}

/** The rows that `--json` has printed. Throws an error if the last line, which counts them, is not there. */
export function rows_of(out: readonly string[]) {
  const rows = out.map((line) => JSON.parse(line));
  const { version, end } = rows.pop() ?? {};
  if (version !== 1 || end !== rows.length)
    throw new Error(`the last of ${out.length} lines does not count the others`);
  return rows;
}
