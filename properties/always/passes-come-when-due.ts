import type { Breach } from '../../harness/run/property';
import type { View } from '../../models/lockstep/session';
import { next_pass_due, period } from '../../models/spec/parameters';
import { breach, even_in_a_crash, seen_by_userspace } from '../claim';

/** PERIOD: a pass comes when the last one is a period ago: not before, and only one. Direct passes do not count. */
const claim = even_in_a_crash('a pass comes when it is due, and only then', (view) => {
  const { kvm, ref, crash, predictable } = view;
  if (!predictable) return crash === null ? judged_in_passing(view) : null;
  if (crash !== null && !crash.startsWith('KernelHang')) return null;
  let passes = 0;
  for (const { direct } of kvm.record.passes) if (!direct) passes++;
  const want = ref.pass_due ? 1 : 0;
  if (passes !== want) return breach(`${passes} passes`, `${want}: ${want ? 'one is' : 'none is'} due`);
  if (kvm.now !== ref.now) return breach(`the next moment is ${kvm.now} ms`, `${ref.now} ms`);
  return null;
});

/**
 * If other commands interleave, the number of passes cannot be predicted. But no pass begins before it is due,
 * according to what had been asked for before this command or by it; and no pass is still due afterwards, unless the
 * worker, or the thread that wakes it, is paused.
 */
function judged_in_passing({ kvm, ref, period_before }: View): Breach | null {
  const shortest = Math.min(period_before ?? Number.POSITIVE_INFINITY, period(ref) ?? Number.POSITIVE_INFINITY);
  for (const { after } of kvm.record.clock_passes) {
    if (after < shortest) return breach(`a pass ${after} ms after the last`, `none before ${shortest} ms`);
  }
  if (kvm.paused.some(({ thread }) => thread === 'worker' || thread === 'params')) return null;
  const due = next_pass_due(ref);
  return due > ref.now ? null : breach(`no pass, though one was due at ${due} ms`, `one, as it is ${ref.now} ms`);
}

/** Userspace recognises a pass by what it takes. A pass that takes nothing may have been none; RATE judges that. */
export default seen_by_userspace(claim, ({ command, before, after, want, pass }) => {
  if (!after || !want || pass || !CLOCK.includes(command.name) || after.splits >= before.splits) return null;
  return breach(`a pass that took ${before.splits - after.splits}`, 'none is due');
});

/** Commands that move the clock, or change when the next pass is due. */
const CLOCK = ['wait', 'recovery_ratio', 'recovery_period'];
