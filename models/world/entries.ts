/**
 * Where the entries of a table for a nested guest point. Each maps a 1G page: at first that of its own number, and after
 * `remap_entry` perhaps another. All entries are in one number, three bits each: the exclusive or of an entry and its 1G page. So
 * 0 says that no entry points elsewhere.
 */
const BITS = 3;
/** Entries, and 1G pages, that can be distinguished. Those beyond always map their own. */
const ENTRIES = 1 << BITS;

/** The 1G page that an entry maps. */
export const target_of = (targets: number, entry: number): number =>
  targets === 0 || entry >= ENTRIES ? entry : entry ^ ((targets >> (BITS * entry)) & (ENTRIES - 1));

/** The same, with this entry mapping the 1G page `to`. */
export const with_target = (targets: number, entry: number, to: number): number =>
  entry >= ENTRIES || to >= ENTRIES
    ? targets
    : (targets & ~((ENTRIES - 1) << (BITS * entry))) | ((entry ^ to) << (BITS * entry));

/** The address at which a nested guest's access at `at` arrives, both in units of which a 1G page has `per_giga`. */
export const through = (targets: number, at: number, per_giga: number): number =>
  targets === 0 ? at : target_of(targets, Math.floor(at / per_giga)) * per_giga + (at % per_giga);
