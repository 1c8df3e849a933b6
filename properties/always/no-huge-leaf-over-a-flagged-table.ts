import { after, finding } from '../claim';

/** SEC: a fault leaves a flagged table in place. Turning dirty logging off may collapse it: that is no fault. */
export default after('finding', 'no fault puts a huge leaf over a flagged table', (view) =>
  finding(view, 'SEC', 'the table in place'),
);
