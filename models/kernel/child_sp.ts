/**
 * Which table a walk goes into: a direct one, or one that shadows a page directory of L1. Models kvm_mmu_get_child_sp()
 * (arch/x86/kvm/mmu/mmu.c), 5.5 to 7.3.
 */
import { giga_of_directory, ROOT_LEVEL } from '../world/world';
import { KernelOops } from './fault';
import { KVM_PAGES_PER_HPAGE } from './spte';
import type { Kvm, kvm_mmu_page } from './types';

/**
 * kvm_mmu_get_child_sp(): the table that an SPTE points to is walked into if it is the one that L1's entry needs now. What shadows a
 * page directory has the directory's gfn, which is seldom that of a direct table: see has_gfn_of().
 */
export const is_table_for = (child: kvm_mmu_page, gfn: number, _noslot: boolean, direct = true): boolean =>
  child.gfn === gfn && child.role.direct === direct;

/** Whether a walk goes into this table for what begins at `gfn`: directly, or by a page directory. */
export const walks_into = (kvm: Kvm, child: kvm_mmu_page, gfn: number, noslot: boolean, direct: boolean): boolean =>
  kvm.ops.is_table_for(child, gfn, noslot, direct) ||
  (!kvm.ops.compares_roles_of_tables && child.role.direct !== direct && has_gfn_of(kvm, child, gfn));

/**
 * A direct table and one that shadows a page directory have the same gfn if the directory lies where the direct one's memory begins. L1
 * keeps only its directory of the first 1G page so.
 */
function has_gfn_of({ world }: Kvm, child: kvm_mmu_page, gfn: number): boolean {
  const [mapped, begins] = child.role.direct ? [gfn, child.gfn] : [child.gfn, gfn];
  return mapped === 0 && begins === giga_of_directory(world) * KVM_PAGES_PER_HPAGE(world.fan_out, ROOT_LEVEL);
}

/**
 * A leaf that a fault puts into the direct table of another gfn is in the reverse map of the gfn that it maps. When it goes, its gfn
 * is computed from the table, and that reverse map keeps a pointer to it, when the table has long been freed. From 6.0 the kernel
 * warns (kvm_mmu_page_set_translation()), and its own end is a BUG() when such a table is zapped: nothing after this means anything.
 */
export function check_gfn(child: kvm_mmu_page, gfn: number): void {
  if (child.gfn === gfn) return;
  const table = child.role.direct ? 'direct table' : 'page directory';
  throw new KernelOops(
    `a fault for gfn ${gfn} walks into the ${table} of gfn ${child.gfn}: its reverse map is corrupt`,
  );
}
