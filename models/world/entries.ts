/**
 * Where the entries of a table for a nested guest point. Each maps a 1G page: at first that of its own number, and after
 * `remap_entry` perhaps another; and it does so itself, or leads to a page directory that maps the same 1G page by entries of 2M. All
 * entries are in one number: three bits for each, the exclusive or of the entry and its 1G page, and above them one bit for each that
 * leads to a directory. So 0 says that no entry points elsewhere, or to a directory.
 */
const BITS = 3;
/** Entries, and 1G pages, that can be distinguished. Those beyond always map their own. */
const ENTRIES = 1 << BITS;
const SIZES = BITS * ENTRIES;

/** The 1G page that an entry maps. */
export const target_of = (targets: number, entry: number): number =>
  targets === 0 || entry >= ENTRIES ? entry : entry ^ ((targets >> (BITS * entry)) & (ENTRIES - 1));

/** The same, with this entry mapping the 1G page `to`. */
export const with_target = (targets: number, entry: number, to: number): number =>
  entry >= ENTRIES || to >= ENTRIES
    ? targets
    : (targets & ~((ENTRIES - 1) << (BITS * entry))) | ((entry ^ to) << (BITS * entry));

/** Whether an entry leads to a page directory, so that its 1G page is mapped by entries of 2M. */
export const is_in_2m = (targets: number, entry: number): boolean =>
  targets !== 0 && entry < ENTRIES && ((targets >> (SIZES + entry)) & 1) !== 0;

/** The same, with this entry leading to a page directory or not. */
export const with_size = (targets: number, entry: number, in_2m: boolean): number =>
  entry >= ENTRIES ? targets : in_2m ? targets | (1 << (SIZES + entry)) : targets & ~(1 << (SIZES + entry));

/** The address at which a nested guest's access at `at` arrives, both in units of which a 1G page has `per_giga`. */
export const through = (targets: number, at: number, per_giga: number): number =>
  targets === 0 ? at : target_of(targets, Math.floor(at / per_giga)) * per_giga + (at % per_giga);
