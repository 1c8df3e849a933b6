import { variant } from '../catalogue/variant';

/** Linux 6.1 as shipped. Its later stable updates have nx_huge_pages=never, and roots that outlive their vCPUs. */
export default variant({
  kind: 'shipped',
  base: 'v6.1',
  source: '6.1.192, recorded',
  defects: ['B38', 'B39', 'B41', 'B42'],
  contract: { never_is_for_good: true, tdp_roots_outlive_their_vcpus: true },
  // When logging stops, the TDP MMU zaps whole tables, idle ones too. So it does not have B37, and needs no fix for it.
  kernel: {
    has_never: true,
    tdp_roots_outlive_their_vcpus: true,
    drops_idle_tables: { when_logging_stops: { tdp: false } },
  },
});
