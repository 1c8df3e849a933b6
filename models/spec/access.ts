/** The specification of guest accesses: what an access finds mapped, and what its fault builds. */
import { with_flag } from '../world/flags';
import { address_space, type Built, grants_writes, is_nested, is_of_2m, type Mmu, type Tree } from '../world/world';
import { forget_what_was_there, giga_behind, note_fault, note_write, standing_tree, wanted_tree } from './nested';
import { backed_level, is_tdp, type Reference, run_vcpu, type Slot, slot_at, type Table } from './reference';
import {
  fill,
  GUARDED,
  get_table,
  is_linked_in,
  keeps_region_small,
  note_standing,
  remove,
  standing_giga,
  unlink_in,
} from './tables';
import { view_of } from './views';

function become(ref: Reference, table: Table, built: Built): void {
  if (built === 'split' && table.built !== 'split') table.since = ref.splits_ever++;
  table.built = built;
}

type Kind = 'read' | 'write' | 'exec' | 'prefault';

/** Whether the mitigation forbids that a huge leaf serves this access. */
const is_forbidden = (ref: Reference, kind: Kind): boolean => kind === 'exec' && ref.nx && !ref.exempt;

/** A guest access: maps what is missing, at the level that the backing, dirty logging and the mitigation allow. */
export function access(ref: Reference, mmu: Mmu, region: number, offset: number, kind: Kind): void {
  run_vcpu(ref);
  const { fan_out } = ref.world;
  const entry = Math.floor(region / fan_out);
  // What is mapped may be what an entry of a nested guest's hypervisor pointed to before.
  const tree = standing_tree(ref, mmu, entry);
  const standing = standing_giga(ref, tree, entry) * fan_out + (region % fan_out);
  const behind = slot_at(ref, standing, address_space(mmu));
  const mapped = behind ? mapped_level(ref, tree, entry, standing, offset) : 0;
  // Where a log begins with all pages dirty, a huge leaf is write-protected only if the reference says so.
  const logged = behind?.dirty_log && ref.dirty_log_mode !== 'initially_set';
  const writable =
    grants_writes(tree) && !(is_guarded(ref, tree, entry, standing, offset, mapped) || (mapped > 1 && logged));
  const serves = mapped > 0 && (mapped === 1 || !is_forbidden(ref, kind)) && (kind !== 'write' || writable);
  if (serves) {
    ref.access_level = mapped;
    return;
  }
  if (kind === 'write' && is_nested(mmu)) note_write(ref, mmu, entry);
  const giga = giga_behind(ref, mmu, entry);
  const slot = slot_at(ref, giga * fan_out + (region % fan_out), address_space(mmu));
  if (!slot) {
    give_way(ref, mmu, entry);
    return;
  }
  ref.access_faulted = true;
  ref.access_level = fault(ref, slot, mmu, entry, giga * fan_out + (region % fan_out), offset, kind);
}

/**
 * Userspace has a page mapped as a read by a vCPU would (KVM_PRE_FAULT_MEMORY, 6.11), in SMM or not; not while a nested guest runs. What
 * serves a read already stays as it is, unless it could be larger, or must be smaller.
 */
export function prefault(ref: Reference, mmu: Mmu, region: number, offset: number): void {
  const slot = slot_at(ref, region, address_space(mmu));
  if (!ref.contract.has_pre_fault_memory) ref.prefault = 'EINVAL';
  else if (is_nested(mmu)) ref.prefault = 'EOPNOTSUPP';
  else if (!slot) ref.prefault = 'ENOENT';
  else {
    ref.prefault = '0';
    ref.access_faulted = true;
    ref.access_level = fault(ref, slot, mmu, Math.floor(region / ref.world.fan_out), region, offset, 'prefault');
  }
}

/**
 * Outside all slots nothing is mapped. But the tree that this access cannot use is unlinked, and an empty one linked in
 * its place.
 */
function give_way(ref: Reference, mmu: Mmu, entry: number): void {
  const standing = standing_tree(ref, mmu, entry);
  const wanted = wanted_tree(ref, mmu, entry);
  const giga = giga_behind(ref, mmu, entry);
  const is_right = standing === wanted && standing_giga(ref, standing, entry) === giga;
  if (is_right || !view_of(ref, standing).links[entry]) return;
  forget_what_was_there(ref, mmu, wanted, entry);
  if (is_nested(mmu)) note_fault(ref, mmu);
  get_table(ref, wanted, 2, giga * ref.world.fan_out, entry);
  note_standing(ref, wanted, entry, giga);
}

/** The size of the leaf that maps a 4K page; 0 if none does. */
function mapped_level(ref: Reference, tree: Tree, entry: number, region: number, offset: number): number {
  const { links, table1, huge1g, huge2m } = view_of(ref, tree);
  if (huge1g[entry]) return 3;
  if (!links[entry]) return 0;
  if (huge2m[region]) return 2;
  return is_linked_in(tree, table1[region]) && table1[region]?.small[offset] ? 1 : 0;
}

/** Whether the leaf of this level that maps the 4K page is write-protected. */
function is_guarded(ref: Reference, tree: Tree, entry: number, region: number, offset: number, level: number): boolean {
  const { table1, huge1g, huge2m } = view_of(ref, tree);
  if (level === 3) return huge1g[entry] === GUARDED;
  return level === 2 ? huge2m[region] === GUARDED : (table1[region]?.guarded[offset] ?? false);
}

/** Whether a fault of this kind leaves a leaf as it is that it finds. */
const is_spared = (ref: Reference, tree: Tree, kind: Kind): boolean =>
  kind === 'prefault' && (is_tdp(ref, tree) || ref.contract.prefaults_spare_leaves);

const stays = (ref: Reference, table: Table | null | undefined): boolean =>
  ref.nx && !ref.exempt && !!table && keeps_region_small(ref, table);

/** `entry`: of the root, through which the guest comes to this region. */
function fault(
  ref: Reference,
  slot: Slot,
  mmu: Mmu,
  entry: number,
  region: number,
  offset: number,
  kind: Kind,
): number {
  const forbidden = is_forbidden(ref, kind);
  if (is_nested(mmu)) note_fault(ref, mmu);
  const giga = Math.floor(region / ref.world.fan_out);
  const tree = wanted_tree(ref, mmu, entry);
  // Through a page directory nothing larger than 2M is mapped.
  const backed = slot.dirty_log ? 1 : backed_level(ref, slot, region);
  const wanted = is_of_2m(tree) ? Math.min(backed, 2) : backed;
  let goal = forbidden ? 1 : wanted;
  const standing = standing_tree(ref, mmu, entry);
  const { links, table2 } = view_of(ref, standing);
  const table = links[entry] ? table2[standing_giga(ref, standing, entry)] : null;
  if (goal === 3 && table && stays(ref, table)) goal = 2;
  if (goal === 3 && table) unlink(ref, standing, table, entry);
  forget_what_was_there(ref, mmu, tree, entry);
  note_standing(ref, tree, entry, giga);
  const view = view_of(ref, tree);
  if (goal === 3) {
    if (!view.huge1g[entry] || !is_spared(ref, tree, kind)) view.huge1g[entry] = 1;
    return 3;
  }
  if (!view.links[entry]) build(ref, tree, 2, giga * ref.world.fan_out, forbidden, wanted, entry);
  const linked = is_linked_in(tree, view.table1[region]);
  if (goal === 2 && linked && stays(ref, view.table1[region])) goal = 1;
  if (goal === 2) {
    if (linked) unlink(ref, tree, view.table1[region], entry);
    if (!view.huge2m[region] || !is_spared(ref, tree, kind)) view.huge2m[region] = 1;
    return 2;
  }
  if (!linked) build(ref, tree, 1, region, forbidden, wanted, entry);
  map_small(ref, tree, slot, region, offset, kind);
  return 1;
}

/**
 * The shadow MMU also maps the empty neighbours, unless dirty logging must see writes to them. A page that the split of a
 * huge leaf has mapped stays as it is in the TDP MMU, unless the access is a write. In the shadow MMU any fault there makes it
 * writable (seen on 6.1.192, 6.12.118 and 7.3.4, where another entry leads to the same tables).
 */
function map_small(ref: Reference, tree: Tree, slot: Slot, region: number, offset: number, kind: Kind): void {
  const table = view_of(ref, tree).table1[region];
  if (!table || (table.small[offset] && is_spared(ref, tree, kind))) return;
  const is_as_wanted = !is_tdp(ref, tree) && table.small[offset] && !table.guarded[offset];
  if (is_as_wanted && ref.contract.found_leaves_stay_alone) return;
  const n = is_tdp(ref, tree) || (slot.dirty_log && grants_writes(tree)) ? 1 : ref.world.prefetch;
  const start = offset - (offset % n);
  const stays_guarded = is_tdp(ref, tree) && kind !== 'write' && table.small[offset] && table.guarded[offset];
  for (let i = start; i < start + n; i++) table.small = with_flag(table.small, i, true);
  if (!stays_guarded) table.guarded = with_flag(table.guarded, offset, false);
}

/** Builds a table where there was none, or where there was a huge leaf. */
function build(
  ref: Reference,
  mmu: Tree,
  level: 1 | 2,
  region: number,
  forbidden: boolean,
  wanted: number,
  entry: number,
): void {
  const view = view_of(ref, mmu);
  const huge = level === 2 ? view.huge1g : view.huge2m;
  const at = level === 2 ? entry : region;
  const table = get_table(ref, mmu, level, region, entry);
  // The table that shadows a page directory is never accounted: it may not be replaced by a huge page.
  const counts = forbidden && !(level === 2 && is_of_2m(mmu));
  if (counts && wanted > level) become(ref, table, 'split');
  else if (counts && table.built === 'plain') table.built = 'exec';
  if (huge[at] && is_tdp(ref, mmu) && ref.contract.exec_splits_huge_leaf) fill(ref, table, huge[at] === GUARDED);
  huge[at] = 0;
}

/** Removes a table that a huge leaf replaces: the TDP MMU frees the table, the shadow MMU only unlinks it. */
function unlink(ref: Reference, mmu: Tree, table: Table | null | undefined, entry: number): void {
  if (!table) return;
  if (is_tdp(ref, table.mmu)) remove(ref, table);
  else if (table.level === 2) view_of(ref, mmu).links[entry] = 0;
  else unlink_in(mmu, table);
}
