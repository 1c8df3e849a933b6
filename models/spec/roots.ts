/**
 * The specification of L1's roots: from 6.4 the tables stay, whichever vCPU lets go of them. Before, with a TDP MMU, the last
 * vCPU takes them along.
 */
import { holders_are_counted, holders_at_first, type Reference, run_vcpu } from './reference';
import { remove } from './tables';
import { view_of } from './views';

/** A vCPU that runs has loaded the roots. */
export function load_roots(ref: Reference, vcpu: number): void {
  if (holders_are_counted(ref.contract, ref.world)) ref.root_holders |= 1 << vcpu;
}

/** The vCPU lets go of its roots. */
export function unload_roots(ref: Reference, vcpu: number): void {
  run_vcpu(ref);
  if (!holders_are_counted(ref.contract, ref.world)) return;
  ref.root_holders &= ~(1 << vcpu);
  if (ref.root_holders !== 0) return;
  for (const tree of ['tdp', 'smm'] as const) {
    view_of(ref, tree).huge1g.fill(0);
    for (const table of [...ref.tables]) if (table.mmu === tree && table.level === 2) remove(ref, table);
  }
  ref.root_holders = holders_at_first(ref.contract, ref.world);
}
