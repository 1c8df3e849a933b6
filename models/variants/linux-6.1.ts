import { variant } from '../catalogue/variant';

/** What Linux 6.1 shipped; its later stable updates know `never`. */
export default variant({
  kind: 'shipped',
  base: 'v6.1',
  source: '6.1.192, recorded',
  defects: ['B38', 'B39'],
  contract: { never_is_for_good: true },
  // The TDP MMU zaps whole tables when logging stops, idle ones too: it has no B37 and needs no fix for it.
  kernel: { has_never: true, drops_idle_tables: { when_logging_stops: { tdp: false } } },
});
