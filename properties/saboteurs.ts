/** Breakages made on purpose: what no defect of the catalogue breaks, or only in one way, is shown to be watched all the same. */
import { list_empty } from '../models/kernel/list';
import * as nx from '../models/kernel/nx_huge_pages';
import type { KernelOps } from '../models/kernel/ops';
import { account_then_link, link_then_account, tdp_mmu_set_spte } from '../models/kernel/tdp_mmu';

export interface Saboteur {
  /** The variant that is broken. */
  readonly base: string;
  readonly kernel: Partial<KernelOps>;
  /** Of a property that no defect of the catalogue breaks: why it stays. */
  readonly why?: string;
}

/** A written parameter acts on the VM that was created first, and on no other. */
const FORGETS_OTHER_VMS: Partial<KernelOps> = { vm_list: (kvm) => [kvm] };

/** By the property that catches it within a few hundred random programs. */
export const SABOTEURS: Readonly<Record<string, Saboteur>> = {
  'booking-is-idempotent': {
    base: 'v5.5',
    why: 'linking a page twice is harmless (B11) because booking it twice is',
    kernel: {
      account_nx_huge_page(kvm, sp, possible) {
        if (possible && !list_empty(sp.possible_nx_huge_page_link)) nx.book_of(kvm, nx.type_of(sp)).nr_pages++;
        nx.account_huge_nx_page(kvm, sp, possible);
      },
    },
  },
  'no-executable-huge-leaf': {
    base: 'v6.18',
    why: 'it is what the mitigation is for; B18 comes to it only now and then',
    kernel: { *zap_all_on_toggle() {} },
  },
  'no-huge-leaf-over-a-flagged-table': { base: 'v6.2', kernel: { keeps_region_small: () => false } },
  'guest-accesses-complete': {
    base: 'v5.18',
    why: 'a vCPU that faults for ever is what accounting keeps from happening; no kernel came to that',
    kernel: {
      *tdp_mmu_install_child(kvm, fault, sp, index, level) {
        const child = yield* link_then_account(kvm, fault, sp, index, level);
        if (level === 2) tdp_mmu_set_spte(kvm, sp, index, level, 0);
        return child;
      },
    },
  },
  'parameters-are-taken-or-refused': {
    base: 'v6.18',
    why: 'the mitigation is off for good because nobody can write; no kernel forgot that',
    kernel: { may_write_params: () => true },
  },
  'toggling-drains-all-lists': { base: 'v6.18', kernel: FORGETS_OTHER_VMS },
  'locks-are-held': { base: 'v6.18', kernel: { tdp_mmu_install_child: account_then_link } },
};
