import { after, finding } from '../claim';

/** OUTSIDE: where there is no slot nothing is mapped, not in any TLB either: an access there is emulated. */
export default after('finding', 'an access outside all slots is served by nobody', (view) =>
  finding(view, 'OUTSIDE', 'served by nobody'),
);
