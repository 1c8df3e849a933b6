import { sometimes } from '../claim';

export default sometimes('nx_huge_pages is changed while two VMs hold splits', ({ kvm, ref, command }) => {
  // Both VMs have lost their splits by now, but the records of this command show that pages were unaccounted.
  if (command.name !== 'nx_huge_pages' || ref.other === null || kvm.other === null) return false;
  return kvm.record.accountings.length > 0 && kvm.other.record.accountings.length > 0;
});
