import { after, finding } from '../claim';

/** AS (from 6.4): recovery finds a page's slot in the page's own address space, since SMM has slots of its own. */
export default after('finding', "recovery looks a page's slot up in the page's own address space", (view) =>
  view.ref.contract.slots_by_address_space ? finding(view, 'AS', "the slot of the page's own address space") : null,
);
