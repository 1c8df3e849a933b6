import { after, finding } from '../claim';

/** OUTSIDE: outside all slots nothing is mapped, nor cached in a TLB: an access there is emulated. */
export default after('finding', 'an access outside all slots never succeeds', (view) =>
  finding(view, 'OUTSIDE', 'served by nobody'),
);
