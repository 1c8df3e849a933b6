import { breach, even_in_a_crash } from '../claim';

/** PERIOD: a pass when the last one is a period ago, none before, one at most. Direct passes are not the clock's. */
export default even_in_a_crash('a pass comes when it is due, and only then', ({ kvm, ref, crash }) => {
  if (crash !== null && !crash.startsWith('KernelHang')) return null;
  let passes = 0;
  for (const { direct } of kvm.record.passes) if (!direct) passes++;
  const want = ref.pass_due ? 1 : 0;
  if (passes !== want) return breach(`${passes} passes`, `${want}: ${want ? 'one is' : 'none is'} due`);
  if (kvm.now !== ref.now) return breach(`the next moment is ${kvm.now} ms`, `${ref.now} ms`);
  return null;
});
