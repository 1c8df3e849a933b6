import { breach, even_in_a_crash, seen_by_userspace } from '../claim';

/**
 * PERIOD: one pass when the last pass is a period ago, and none before. Passes of the command `recover` do not count.
 */
const claim = even_in_a_crash('a pass comes when it is due, and only then', ({ kvm, ref, crash, predictable }) => {
  if (!predictable) return null;
  if (crash !== null && !crash.startsWith('KernelHang')) return null;
  let passes = 0;
  for (const { direct } of kvm.record.passes) if (!direct) passes++;
  const want = ref.pass_due ? 1 : 0;
  if (passes !== want) return breach(`${passes} passes`, `${want}: ${want ? 'one is' : 'none is'} due`);
  if (kvm.now !== ref.now) return breach(`the next moment is ${kvm.now} ms`, `${ref.now} ms`);
  return null;
});

/** Userspace sees a pass only if it takes splits. RATE judges a pass that takes nothing. */
export default seen_by_userspace(claim, ({ command, before, after, want, pass }) => {
  if (!after || !want || pass || !CLOCK.includes(command.name) || after.splits >= before.splits) return null;
  return breach(`a pass that took ${before.splits - after.splits}`, 'none is due');
});

/** Commands that move the clock, or change when the next pass is due. */
const CLOCK = ['wait', 'recovery_ratio', 'recovery_period'];
