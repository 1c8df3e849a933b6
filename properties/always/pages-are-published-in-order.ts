import { after, finding } from '../claim';

/** ORDER: the flag is visible before the SPTE; a page joins a list only while it stands in the page tables. */
export default after('finding', 'tables are flagged, published and listed in order', (view) =>
  finding(view, 'ORDER', 'flagged before it is published, listed while it stands'),
);
