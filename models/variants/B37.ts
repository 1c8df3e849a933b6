import { variant } from '../catalogue/variant';

/**
 * When dirty logging stops, a TDP table without a present leaf is skipped. It stays, flagged and unlisted, and keeps
 * its region small.
 */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: 'a TDP table without leaves stays when dirty logging stops',
  since: '6.13',
  source: 'seen on 7.3.4, not on 6.12: the collapse in place of 6.13 finds no leaf to collapse to',
  expect: { violates: ['huge-pages-return'] },
  kernel: { drops_idle_tables: { when_logging_stops: { tdp: false } } },
});
