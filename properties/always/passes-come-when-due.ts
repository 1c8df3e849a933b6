import { breach, even_in_a_crash, seen_by_userspace } from '../claim';

/** PERIOD: a pass when the last one is a period ago, none before, one at most. Direct passes are not the clock's. */
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

/** Userspace sees a pass by what it takes: one that takes nothing may have been none, and RATE says so. */
export default seen_by_userspace(claim, ({ command, before, after, want, pass }) => {
  if (!after || !want || pass || !CLOCK.includes(command.name) || after.splits >= before.splits) return null;
  return breach(`a pass that took ${before.splits - after.splits}`, 'none is due');
});

/** What moves the clock, or what it is set to. */
const CLOCK = ['wait', 'recovery_ratio', 'recovery_period'];
