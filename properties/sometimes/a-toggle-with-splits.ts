import { sometimes } from '../claim';

export default sometimes('the mitigation is switched off while splits stand', ({ kvm }) => {
  return (
    kvm.record.toggled_before > 0 &&
    kvm.record.accountings.some(({ listed_before, listed_after }) => listed_before && !listed_after)
  );
});
