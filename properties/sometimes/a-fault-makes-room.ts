import { sometimes } from '../claim';

export default sometimes('a fault makes room for itself among the shadow pages', ({ kvm }) => {
  return kvm.record.reclaimed.length > 0 && kvm.record.mapped_level > 0;
});
