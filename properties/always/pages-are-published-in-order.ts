import { after, finding } from '../claim';

/**
 * ORDER: a table is flagged before its SPTE is published, and joins a list only while it is linked in the page tables.
 */
export default after('finding', 'tables are flagged, published and listed in order', (view) =>
  finding(view, 'ORDER', 'flagged before it is published, listed while it stands'),
);
