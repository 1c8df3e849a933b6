/** Faults about TLBs: entries of roots that are gone, flushes without a reason, and flushes of a range. */
import { known } from '../../harness/errors';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { lock_pages, mmu_unlock, unlock_pages, write_lock } from '../../models/kernel/lock';
import { shadow_unmap_gfn_range } from '../../models/kernel/rmap';
import { write_spte } from '../../models/kernel/sp';
import { is_leaf } from '../../models/kernel/spte';
import { tdp_mmu_link_sp, zap_leafs } from '../../models/kernel/tdp_mmu';
import { tdp_mmu_alloc_for_fault } from '../../models/kernel/tdp_mmu_map';
import { kvm_flush_remote_tlbs } from '../../models/kernel/tlb';
import { ROOT_LEVEL } from '../../models/world/world';
import type { SeededFault } from './seeded_fault';

const OPS = known('variant', 'v6.18', VARIANTS).ops;
const READ_0 = 'guest_read mmu=tdp page=0 offset=0';
const NO_RELOAD = { kvm_reload_remote_mmus() {} };

export const FAULTS_OF_TLBS: readonly SeededFault[] = [
  {
    name: 'vCPUs are not told to load new roots: a deleted slot is read through a stale TLB',
    breaks: ['nobody-serves-accesses-outside-slots'],
    why: 'a guest that continues to use memory taken from it; no kernel forgot the reload',
    on: ['v6.18', 'v6.1'],
    program: [READ_0, 'delete_slot slot=0', READ_0],
    kernel: NO_RELOAD,
  },
  {
    name: 'vCPUs are not told to load new roots: what they have cached is of roots that are gone',
    breaks: ['nothing-reachable-unflushed'],
    on: ['v6.18', 'v6.1', 'v5.12'],
    program: [READ_0, 'delete_slot slot=1'],
    kernel: NO_RELOAD,
  },
  {
    name: 'vCPUs are not told to load new roots when the mitigation is switched',
    breaks: ['nothing-reachable-unflushed'],
    on: ['v6.18'],
    program: [READ_0, 'nx_huge_pages on=0'],
    kernel: NO_RELOAD,
  },
  {
    name: 'a slot that has moved is still read where it was',
    breaks: ['nobody-serves-accesses-outside-slots'],
    on: ['v6.18'],
    program: [READ_0, 'move_slot to=away', READ_0],
    kernel: NO_RELOAD,
  },
  {
    name: 'a slot is deleted, and what it has mapped stays',
    breaks: ['nobody-serves-accesses-outside-slots'],
    on: ['v6.18'],
    program: [READ_0, 'delete_slot slot=0', READ_0],
    kernel: {
      *kvm_invalidate_memslot(_kvm, slot) {
        yield* [];
        slot.base_gfn = -1;
      },
    },
  },
  {
    name: 'dirty logging that ends flushes, whatever it has changed',
    breaks: ['flushes-have-a-reason'],
    why: 'a flush stops all vCPUs; 8ed716ca7dc9 and c7785d85b6c6 (5.16) were such',
    on: ['v6.18', 'v6.1'],
    program: ['dirty_log on=1', 'dirty_log on=0'],
    kernel: {
      tdp_mmu_dirty_logging_stopped(kvm, slot) {
        OPS.tdp_mmu_dirty_logging_stopped(kvm, slot);
        kvm_flush_remote_tlbs(kvm);
      },
    },
  },
  {
    name: 'the notifier flushes where nothing was mapped',
    breaks: ['flushes-have-a-reason'],
    on: ['v6.18', 'v5.18'],
    program: ['invalidate page=0'],
    kernel: {
      tdp_mmu_unmap_gfn_range(kvm, start, end) {
        zap_leafs(kvm, start, end);
        return true;
      },
    },
  },
  {
    name: 'the notifier flushes for the shadow MMU where nothing was mapped',
    breaks: ['flushes-have-a-reason'],
    on: ['v6.18'],
    program: [READ_0, 'invalidate page=1'],
    kernel: {
      shadow_unmap_gfn_range(kvm, start, end) {
        shadow_unmap_gfn_range(kvm, start, end);
        return true;
      },
    },
  },
  {
    name: 'a fault flushes that has replaced nothing',
    breaks: ['flushes-have-a-reason'],
    on: ['v6.18', 'v6.1'],
    program: ['guest_read mmu=shadow page=0 offset=0'],
    kernel: {
      make_mmu_pages_available(kvm) {
        kvm_flush_remote_tlbs(kvm);
        OPS.make_mmu_pages_available(kvm);
      },
    },
  },
  {
    name: 'a fault writes a table over a huge leaf, and nobody flushes the leaf',
    breaks: ['nothing-reachable-unflushed'],
    on: ['v6.1', 'v5.12'],
    program: [READ_0, 'guest_exec mmu=tdp page=0 offset=0 vcpu=1'],
    kernel: {
      *tdp_mmu_install_child(kvm, fault, sp, index, level) {
        const child = tdp_mmu_alloc_for_fault(kvm, fault, sp, index, level);
        tdp_mmu_link_sp(kvm, sp, index, level, child);
        yield 'spte_published';
        lock_pages(kvm);
        if (fault.huge_page_disallowed && kvm.ops.tdp_mmu_accounts(fault, level)) kvm.ops.tdp_mmu_account(kvm, child);
        unlock_pages(kvm);
        return child;
      },
    },
  },
  {
    name: 'what the TDP MMU owes when a slot goes alone replaces what the shadow MMU owes',
    breaks: ['nothing-reachable-unflushed'],
    on: ['v6.18'],
    program: ['destroy_vm slot_zap_all=0', 'guest_read mmu=shadow page=8 offset=0', 'delete_slot slot=1'],
    kernel: {
      *kvm_mmu_zap_memslot(kvm, slot, base_gfn) {
        write_lock(kvm);
        shadow_unmap_gfn_range(kvm, base_gfn, base_gfn + slot.npages);
        const flush = zap_leafs(kvm, base_gfn, base_gfn + slot.npages);
        if (flush) kvm_flush_remote_tlbs(kvm);
        mmu_unlock(kvm);
        yield* OPS.kvm_mmu_zap_memslot(kvm, slot, base_gfn);
      },
    },
  },
  {
    name: "L1's write to an entry is flushed where a table was unlinked, and not where a huge leaf went",
    breaks: ['nothing-reachable-unflushed'],
    on: ['v5.5', 'v6.1'],
    program: ['guest_read mmu=shadow page=8 offset=0', 'clear_gpte_dirty mmu=shadow page=8'],
    kernel: {
      kvm_mmu_track_write(kvm, mmu, root, index) {
        if (!is_leaf(root.spt[index] ?? 0, ROOT_LEVEL)) return OPS.kvm_mmu_track_write(kvm, mmu, root, index);
        write_lock(kvm);
        kvm.ops.detect_write_flooding(root);
        write_spte(kvm, root, index, ROOT_LEVEL, 0);
        mmu_unlock(kvm);
      },
    },
  },
];
