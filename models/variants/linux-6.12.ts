import { variant } from '../catalogue/variant';

/** What Linux 6.12 shipped: 6.4's mechanism and, by its stable updates, 6.14's worker, with B38 and B39. */
export default variant({
  kind: 'shipped',
  base: 'v6.4',
  source: '6.12.117, recorded',
  expect: { violates: ['huge-pages-return'] },
  contract: { worker_starts_at_first_run: true, worker_can_be_killed: true },
  kernel: {
    worker_starts_at_first_run: true,
    worker_is_a_vhost_task: true,
    drops_idle_tables: { when_logging_stops: { tdp: false, shadow: false }, when_backing_heals: false },
  },
});
