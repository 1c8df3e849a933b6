import { after, breach } from '../claim';

/**
 * FORETOLD: an access faults only if nothing that is mapped serves it. Does not judge writes, because the reference
 * does not record what dirty logging has write-protected for L1. Judges only variants that must conform: see
 * variant.ts.
 */
export default after('access', 'an access faults only where it must', ({ command, kvm, ref, predictable }) => {
  const { faults } = kvm.record;
  if (!predictable || faults === 0 || ref.access_faulted || command.name === 'guest_write') return null;
  const { mmu, page, offset } = command.args;
  return breach(`${faults} faults at page ${page}, offset ${offset} (${mmu})`, 'none: what is mapped serves it');
});
