import { variant } from '../catalogue/variant';

/** What Linux 6.12 shipped: 6.4's mechanism and, by its stable updates, 6.14's worker. */
export default variant({
  kind: 'shipped',
  base: 'v6.4',
  source: '6.12.117, recorded',
  defects: ['B38', 'B39'],
  contract: { worker_starts_at_first_run: true, worker_can_be_killed: true },
  kernel: {
    worker_starts_at_first_run: true,
    worker_is_a_vhost_task: true,
    // As in 6.1: no B37.
    drops_idle_tables: { when_logging_stops: { tdp: false } },
  },
});
