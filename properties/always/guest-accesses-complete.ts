import { after, finding } from '../claim';

/** LIVE: faults end. Says nothing about the size of the page that the access got. */
export default after('finding', 'every guest access completes', (view) =>
  finding(view, 'LIVE', 'mapped, after a fault or two'),
);
