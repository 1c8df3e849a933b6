/**
 * The step table of a program on a real kernel: the numbers after each command beside those that the reference expects.
 */
import type { Program } from '../../harness/program/command';
import { program_texts } from '../../harness/program/text';
import type { Row, Step } from '../../harness/run/step';
import { COMMANDS } from '../catalogue/catalogue';
import type { Seen } from './seen';

export function live_steps(program: Program, seen: readonly Seen[]): Step[] {
  const texts = program_texts(COMMANDS, program);
  return seen.map((one, i) => ({ command: texts[i] ?? '', row: row_of(one), without: null }));
}

function row_of({ before, after, want, complaint, failure, skipped }: Seen): Row {
  const [small = '', mid = '', large = ''] = after?.pages.map(String) ?? [];
  const others = [skipped && `cannot: ${skipped}`, complaint, failure].filter((text) => text);
  const diverged = others.length > 0 ? '' : 'no more: they have diverged';
  const reference = want ? `${want.splits}: ${want.pages.join('/')}` : diverged;
  return {
    nx_lpage_splits: after ? String(after.splits) : '',
    '4K': small,
    '2M': mid,
    '1G': large,
    flushes: after ? `+${after.flushes - before.flushes}` : '',
    'reference says': reference,
    'kernel says': others.join('; '),
  };
}
