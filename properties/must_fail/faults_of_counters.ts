/** Faults in the counters of pages besides those of the lists. */
import { count_used_mmu_pages, count_used_mmu_pages_and_total } from '../../models/kernel/mmu_limit';
import type { SeededFault } from './seeded_fault';

export const FAULTS_OF_COUNTERS: readonly SeededFault[] = [
  {
    name: 'a shadow page that goes stays in n_used_mmu_pages',
    breaks: ['used-pages-are-counted'],
    on: ['v6.18', 'v5.5'],
    why: 'the limit of shadow pages goes by the counter: with a wrong one KVM zaps pages for ever, or never',
    program: ['guest_exec mmu=shadow page=0 offset=0', 'recover ratio=1'],
    kernel: { kvm_mod_used_mmu_pages: (kvm, nr) => count_used_mmu_pages(kvm, Math.max(0, nr)) },
  },
  {
    name: 'the sum over all VMs forgets the pages that go',
    breaks: ['used-pages-of-all-vms-are-summed'],
    on: ['v5.5', 'v6.4'],
    program: ['guest_exec mmu=shadow page=0 offset=0', 'destroy_vm'],
    kernel: {
      kvm_mod_used_mmu_pages: (kvm, nr) => (nr > 0 ? count_used_mmu_pages_and_total : count_used_mmu_pages)(kvm, nr),
    },
  },
  {
    name: 'a TDP page that goes stays in tdp_mmu_pages',
    breaks: ['tdp-pages-are-counted'],
    on: ['v6.18', 'v6.4'],
    why: 'at the end of a VM the counter tells KVM that a page of the TDP MMU has leaked',
    program: ['guest_exec mmu=tdp page=0 offset=0', 'recover ratio=1'],
    kernel: { tdp_unaccount_mmu_page: () => {} },
  },
  {
    name: 'no page of the TDP MMU is counted, and those that go are subtracted',
    breaks: ['tdp-pages-are-counted'],
    on: ['v6.18'],
    program: ['guest_read mmu=tdp page=0 offset=0'],
    kernel: { tdp_account_mmu_page: () => {} },
  },
];
