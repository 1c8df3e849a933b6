import { sometimes } from '../claim';

/** Before 6.0 no VM can be exempt, so there is nothing to reach. */
export default sometimes('a VM that is exempt from the mitigation executes in a huge page', ({ audit, kvm, ref }) => {
  if (!ref.contract.vms_may_be_exempt) return true;
  return kvm.disable_nx_huge_pages && kvm.params.nx_huge_pages && audit.executable_huge !== null;
});
