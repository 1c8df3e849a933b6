import { after, finding } from '../claim';

/** SEC: a fault leaves a flagged table in place. Stopping dirty logging may collapse the table: that is not a fault. */
export default after('finding', 'no fault puts a huge leaf over a flagged table', (view) =>
  finding(view, 'SEC', 'the table in place'),
);
