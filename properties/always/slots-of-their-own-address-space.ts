import { after, finding } from '../claim';

/** AS (from 6.4): whether a page is dirty-logged, its slot in its own address space says: in SMM there are others. */
export default after('finding', "recovery looks a page's slot up in the page's own address space", (view) =>
  view.ref.contract.slots_by_address_space ? finding(view, 'AS', "the slot of the page's own address space") : null,
);
