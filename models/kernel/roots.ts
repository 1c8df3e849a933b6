/**
 * L1's roots, and the vCPUs that have loaded them. Models kvm_mmu_load(), kvm_mmu_unload() (arch/x86/kvm/mmu/mmu.c) and
 * kvm_tdp_mmu_put_root() (tdp_mmu.c), 5.5 to 7.3. Roots of the shadow MMU stay in the hash, with their tables, whoever lets go
 * of them.
 */
import { all_vcpus, ROOT_LEVEL, type World } from '../world/world';
import { mmu_unlock, rcu_read_lock, rcu_read_unlock, write_lock } from './lock';
import { handle_removed_pt } from './tdp_mmu';
import type { Kvm } from './types';
import { kvm_run } from './worker_life';

/** Who has loaded the roots of a VM that has mapped nothing yet, or nothing any more: on a real kernel, the stub runs on all. */
export const holders_at_first = (world: World, counted: boolean): number =>
  world.has_run && counted ? all_vcpus(world) : 0;

/** Whether a root goes with the last vCPU that has loaded it, so that it matters who has. */
export const are_counted = (kvm: Kvm): boolean => kvm.tdp_mmu_enabled && !kvm.ops.tdp_roots_outlive_their_vcpus;

/** kvm_mmu_load(): a vCPU that runs has loaded its roots. */
export function load_roots(kvm: Kvm, vcpu: number): void {
  if (are_counted(kvm)) kvm.root_holders |= 1 << vcpu;
  else if (kvm.ops.prefaults_use_obsolete_roots) load_new_root(kvm, vcpu);
}

function load_new_root(kvm: Kvm, vcpu: number): void {
  kvm.loaded_roots |= 1 << vcpu;
  kvm.obsolete_roots &= ~(1 << vcpu);
}

/**
 * kvm_mmu_reload(), outside of KVM_RUN: false if the vCPU goes on with an obsolete root. Up to 6.14 only KVM_RUN frees such roots
 * (KVM_REQ_MMU_FREE_OBSOLETE_ROOTS).
 */
export function kvm_mmu_reload(kvm: Kvm, vcpu: number): boolean {
  if (!kvm.ops.prefaults_use_obsolete_roots) return true;
  if ((kvm.obsolete_roots >> vcpu) & 1) return false;
  load_new_root(kvm, vcpu);
  return true;
}

/** All that has been mapped is zapped: the roots that vCPUs have loaded are obsolete. On a real kernel, the stub then runs on vCPU 0. */
export function make_roots_obsolete(kvm: Kvm): void {
  if (!kvm.ops.prefaults_use_obsolete_roots) return;
  kvm.obsolete_roots |= kvm.loaded_roots;
  kvm.loaded_roots = 0;
  if (kvm.world.has_run) load_new_root(kvm, 0);
}

/** All roots are invalid: vCPUs load new ones when they run again. */
export function forget_holders(kvm: Kvm): void {
  kvm.root_holders = holders_at_first(kvm.world, are_counted(kvm));
}

/**
 * kvm_mmu_unload(), which SMIs, RSM and a changed CR0 ask for: the vCPU lets go of its roots and what it has cached. Where the
 * TDP MMU's roots do not outlive their vCPUs, the last one frees the whole tree.
 */
export function unload_roots(kvm: Kvm, vcpu: number): void {
  if (!kvm_run(kvm)) return;
  load_roots(kvm, vcpu);
  kvm.tlb = kvm.tlb.filter((entry) => entry.vcpu !== vcpu);
  kvm.loaded_roots &= ~(1 << vcpu);
  if (!are_counted(kvm)) return;
  kvm.root_holders &= ~(1 << vcpu);
  if (kvm.root_holders !== 0) return;
  for (const mmu of ['tdp', 'smm'] as const) {
    const root = kvm.roots[mmu];
    if (!root?.tdp_mmu_page) continue;
    write_lock(kvm);
    rcu_read_lock(kvm);
    kvm.roots[mmu] = null;
    handle_removed_pt(kvm, root, ROOT_LEVEL);
    rcu_read_unlock(kvm);
    mmu_unlock(kvm);
  }
  forget_holders(kvm);
}
