import type { Breach } from '../../harness/run/property';
import type { View } from '../../models/lockstep/session';
import { next_pass_due, period } from '../../models/spec/host';
import { breach, even_in_a_crash, seen_by_userspace } from '../claim';

/** PERIOD: a pass when the last one is a period ago, none before, one at most. Direct passes are not the clock's. */
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
 * Where others run into it how many passes there will be is not foretold. But none begins before it is due, by what was asked for
 * before this command or by it; and none is due still, unless the worker or who wakes it is in the middle of something.
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

/** Userspace sees a pass by what it takes: one that takes nothing may have been none, and RATE says so. */
export default seen_by_userspace(claim, ({ command, before, after, want, pass }) => {
  if (!after || !want || pass || !CLOCK.includes(command.name) || after.splits >= before.splits) return null;
  return breach(`a pass that took ${before.splits - after.splits}`, 'none is due');
});

/** Commands that move the clock, or change when the next pass is due. */
const CLOCK = ['wait', 'recovery_ratio', 'recovery_period'];
