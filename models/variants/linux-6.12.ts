import { variant } from '../catalogue/variant';

/** Linux 6.12 as shipped: the mechanism of 6.4 and, through its stable updates, the worker of 6.14. */
export default variant({
  kind: 'shipped',
  base: 'v6.4',
  source: '6.12.117, recorded',
  defects: ['B35', 'B38', 'B39', 'B42', 'B55', 'B57'],
  contract: {
    worker_starts_at_first_run: true,
    slot_zap_is_a_quirk: true,
    has_memory_attributes: true,
    has_pre_fault_memory: true,
    worker_can_be_killed: true,
  },
  kernel: {
    slot_zap_is_a_quirk: true,
    has_memory_attributes: true,
    has_pre_fault_memory: true,
    worker_starts_at_first_run: true,
    worker_is_a_vhost_task: true,
    // Before 6.13 the shadow MMU writes leaves anew that a prefault finds.
    is_spurious_prefault: () => false,
    // As in 6.1: B37 does not exist.
    drops_idle_tables: { when_logging_stops: { tdp: false } },
  },
});
