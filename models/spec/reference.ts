/** A VM as the reference has it: how it begins, its slots, and whose rules its tables follow. */
import { are_mixed, NO_GFNS } from '../world/attributes';
import { none_set } from '../world/flags';
import { made_of_each } from '../world/repeat';
import {
  type AddressSpace,
  AS_USUAL,
  all_vcpus,
  backing_level,
  is_nested,
  mmu_of_tree,
  type OfAVm,
  pages_1g,
  TREES,
  type Tree,
  type World,
} from '../world/world';
import type { Contract } from './contract';
import { begin_reference, begin_reference_slot, share_reference } from './generated/begin';
import type { Mapped, Reference, Slot } from './state';
import { flags_in_view, new_view } from './views';

export type { Reference, Slot, Table } from './state';

/** Whether a root of L1 goes with the last vCPU that has loaded it, so that it matters who has. */
export const holders_are_counted = (contract: Contract, world: World): boolean =>
  contract.tdp_mmu && world.tdp_mmu && !contract.tdp_roots_outlive_their_vcpus;

/** The vCPUs that have loaded the roots of a VM with nothing mapped: all where the agent runs them, otherwise none. */
export const holders_at_first = (contract: Contract, world: World): number =>
  world.has_run && holders_are_counted(contract, world) ? all_vcpus(world) : 0;

/** What is each VM's own, as it begins. */
export const of_a_vm = (
  contract: Contract,
  world: World,
  { exempt, slot_zap_all, dirty_log }: OfAVm,
  never: boolean,
  last_pass: number,
) => ({
  exempt,
  slot_zap_all,
  dirty_log_mode: dirty_log,
  slots: made_of_each(world.slots, ({ as, home: region, backing, regions }) =>
    begin_reference_slot({ as: as ?? 0, region, backing, broken: none_set(regions) }),
  ),
  gpte_clean: { shadow: none_set(pages_1g(world)), shadow2: none_set(pages_1g(world)) },
  are_private: NO_GFNS,
  remapped: { shadow: 0, shadow2: 0 },
  standing: { shadow: 0, shadow2: 0 },
  written: { shadow: -1, shadow2: -1 },
  root_holders: holders_at_first(contract, world),
  // From 6.14 on the first KVM_RUN creates the worker.
  worker: !never && (!contract.worker_starts_at_first_run || world.has_run),
  last_pass,
});

/** A VM; or, beside `first`, a second VM with the current parameters. */
export function new_reference(contract: Contract, world: World, first: Reference | null = null): Reference {
  const flags = new Float64Array(Math.ceil((TREES.length * flags_in_view(world)) / 8));
  const view = (tree: Tree) => new_view(world, flags, TREES.indexOf(tree));
  const [shadow, shadow_clean] = [view('shadow'), view('shadow_clean')];
  // Field by field: V8 gives what a spread makes another shape.
  const with_small_tables_of = ({ table1 }: Mapped, { links, table2, huge1g, huge2m }: Mapped): Mapped => {
    return { links, table2, table1, huge1g, huge2m };
  };
  const second = ({ links, huge1g }: Mapped, { table2, table1, huge2m }: Mapped): Mapped => {
    return { links, table2, table1, huge1g, huge2m };
  };
  const shadow_2m = with_small_tables_of(shadow, view('shadow_2m'));
  const given = {
    contract,
    world,
    flags,
    flag_bytes: new Uint8Array(flags.buffer),
    views: {
      tdp: view('tdp'),
      smm: view('smm'),
      shadow,
      shadow2: second(view('shadow2'), shadow),
      shadow_clean,
      shadow2_clean: second(view('shadow2_clean'), shadow_clean),
      shadow_2m,
      shadow2_2m: second(view('shadow2_2m'), shadow_2m),
    },
  };
  const ref = begin_reference(given, of_a_vm(contract, world, AS_USUAL, first?.never ?? false, first?.now ?? 0));
  if (first !== null) share_reference(first, ref);
  return ref;
}

/**
 * THREAD: from 6.14, the VM's first KVM_RUN creates the worker, whose first period begins then. Signals only delay
 * this. A killed worker is not replaced, and with nx_huge_pages=never there is none.
 */
export function run_vcpu(ref: Reference): void {
  if (ref.worker || ref.killed || ref.never) return;
  ref.worker = true;
  ref.last_pass = ref.now;
}

/**
 * Whether a table follows the rules of the TDP MMU: L1's tables do, if the TDP MMU builds them. All others follow those
 * of the shadow MMU.
 */
export const is_tdp = (ref: Reference, tree: Tree) =>
  !is_nested(mmu_of_tree(tree)) && ref.contract.tdp_mmu && ref.world.tdp_mmu;

/**
 * The slot of this address space that has the region. Without an address space, the slot of either: host memory is the
 * same for both.
 */
export function slot_at(ref: Reference, region: number, as?: AddressSpace): Slot | null {
  for (const slot of ref.slots) {
    if (as !== undefined && slot.as !== as) continue;
    if (slot.region !== null && region >= slot.region && region < slot.region + slot.broken.length) return slot;
  }
  return null;
}

/**
 * The largest page that memory allows here: the backing's size, unless such a page would extend past the slot, or have both
 * private pages and others.
 */
export function backed_level(ref: Reference, slot: Slot, region: number): number {
  const from = slot.region ?? 0;
  const { are_private, world } = ref;
  const { fan_out } = world;
  if (slot.broken[region - from] || are_mixed(are_private, region * fan_out, fan_out)) return 1;
  const start = region - (region % fan_out);
  const fits = start >= from && start + fan_out <= from + slot.broken.length;
  const may_be_1g = fits && !are_mixed(are_private, start * fan_out, fan_out ** 2);
  return Math.min(backing_level(slot.backing), may_be_1g ? 3 : 2);
}
