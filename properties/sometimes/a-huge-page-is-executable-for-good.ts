import { sometimes } from '../claim';

/** Before 6.5 the mitigation can always be switched on again, so there is nothing to reach. */
export default sometimes('nx_huge_pages is never, and a huge page is executable', ({ audit, ref }) => {
  if (!ref.contract.never_is_for_good) return true;
  return ref.never && audit.executable_huge !== null;
});
