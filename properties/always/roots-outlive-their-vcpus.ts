import { always, breach, seen_by_userspace } from '../claim';

/** ROOTS: from 6.4 on, no table goes because a vCPU lets go of its roots: splits would be lost, and all memory faults again. */
const claim = always('tables stay when a vCPU lets go of their root', ({ kvm, ref }) => {
  const { lost_with_roots: lost } = kvm.record;
  if (lost === 0 || !ref.contract.tdp_roots_outlive_their_vcpus) return null;
  return breach(`${lost} tables and roots went with the roots of a vCPU`, 'none');
});

/** Userspace sees that splits, or pages that were mapped, are gone. */
export default seen_by_userspace(claim, ({ command, after, want }) => {
  if (command.name !== 'drop_roots' || !after || !want) return null;
  if (after.splits >= want.splits && after.pages.every((n, size) => n >= (want.pages[size] ?? 0))) return null;
  const got = `${after.splits} splits, ${after.pages.join('/')} pages of 4K/2M/1G`;
  return breach(got, `${want.splits} splits, ${want.pages.join('/')}: nothing goes`);
});
