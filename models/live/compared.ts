/** How two real kernels are compared, command by command. */
import { difference_runner, type Pair } from '../../harness/campaign/difference';
import type { Runner } from '../../harness/campaign/runner';
import { program_texts } from '../../harness/program/text';
import type { Row } from '../../harness/run/step';
import { COMMANDS } from '../catalogue/catalogue';
import { live_runner } from './runner';
import type { Seen } from './seen';
import type { Run, Target } from './target';

/** How often a program on which two kernels differ is repeated on both. */
const REPLAYS = 3;

/** Two kernels behind one port. The second is the base, and the first is the changed one. */
export function compared_kernels(changed: Target, base: Target): Runner<Pair<Run>> {
  const [one, other] = [changed, base].map((target) => ({ ...live_runner(target), replays: REPLAYS }));
  const runner = difference_runner(one as Runner<Run>, other as Runner<Run>, {
    rows: ({ seen }) => seen.map(row_of),
    texts: (program) => program_texts(COMMANDS, program),
  });
  return {
    ...runner,
    // If one kernel cannot do a command that the other has done, the two are not comparable from there on.
    async run(program) {
      const pair = await runner.run(program);
      const step = pair.changed.seen.findIndex(
        (seen, i) => (seen.skipped === null) !== (pair.base.seen[i]?.skipped === null),
      );
      return step < 0 ? pair : runner.upto(pair, step - 1);
    },
  };
}

/** Flushes are "some" or "none": their number depends on when the kernel yields. */
function row_of({ before, after, complaint, failure, skipped }: Seen): Row {
  const [small, mid, large] = after?.pages ?? [];
  return {
    nx_lpage_splits: String(after?.splits ?? ''),
    '4K': String(small ?? ''),
    '2M': String(mid ?? ''),
    '1G': String(large ?? ''),
    flushes: after ? (after.flushes > before.flushes ? 'some' : 'none') : '',
    log: complaint === null ? '' : without_build(complaint),
    outcome: skipped ?? failure ?? '',
  };
}

/**
 * A complaint by what it is, its file and its function. Lines and offsets differ between two builds of one source, and
 * kernels differ in how they put all this.
 */
function without_build(complaint: string): string {
  const [, file] = /([\w-]+\.[ch]):\d+/.exec(complaint) ?? [];
  const [, kind] = /^([^:]+):/.exec(complaint) ?? [];
  const [, called] = /([\w.]+)\+0x[\da-f]+\/0x[\da-f]+/.exec(complaint) ?? [];
  return file && kind && called ? `${kind}: ${called} in ${file}` : complaint;
}
