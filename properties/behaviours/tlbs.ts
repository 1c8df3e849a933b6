/** Rules about TLBs: a vCPU uses a cached entry until it is flushed, or until the vCPU faults on the address. */
import type { KernelOps } from '../../models/kernel/ops';
import { KVM_PAGES_PER_HPAGE } from '../../models/kernel/spte';
import { zap_leafs } from '../../models/kernel/tdp_mmu';
import type { Kvm } from '../../models/kernel/types';
import { type Behaviour, exec, nested, read } from './behaviour';

/** Zaps leaves without a flush. */
const UNFLUSHED: Partial<KernelOps> = {
  tdp_mmu_unmap_gfn_range(kvm, start, end) {
    zap_leafs(kvm, start, end);
    return false;
  },
};

const access = ({ record }: Kvm): string => `${record.faults} faults, level ${record.mapped_level}`;

/** The page is cached, then zapped without a flush; then a command accesses something near it. */
const stale = (name: string, page: number, wanted: string, want: string): Behaviour => ({
  name,
  on: ['v6.18'],
  program: [read(page), `invalidate page=${page}`, wanted],
  kernel: UNFLUSHED,
  sees: access,
  want,
});

export const BEHAVIOURS_OF_TLBS: readonly Behaviour[] = [
  {
    name: 'a huge leaf that is zapped and not flushed is reported',
    on: ['v6.18'],
    program: [read(0), 'invalidate page=0'],
    kernel: UNFLUSHED,
    sees: ({ record }) => record.findings.map(({ claim }) => claim).join(),
    want: 'FLUSH,FLUSH',
  },
  stale('a vCPU uses what it has cached, stale or not', 0, read(0), '0 faults, level 2'),
  stale('all of a huge page is cached', 0, 'guest_read mmu=tdp page=0 offset=3', '0 faults, level 2'),
  stale('a vCPU does not use what another has cached', 0, `${read(0)} vcpu=1`, '1 faults, level 2'),
  stale('a nested guest does not use what L1 has cached', 0, nested('read', 0), '1 faults, level 2'),
  stale('a cached entry grants no more than its leaf did', 0, exec(0), '1 faults, level 1'),
  stale('the page behind is not cached', 0, read(1), '1 faults, level 2'),
  stale('the page before is not cached', 1, read(0), '1 faults, level 2'),
  {
    name: 'of several cached entries the largest page is used',
    on: ['v6.2', 'v6.18'],
    program: [read(0), `${exec(0)} vcpu=1`, exec(0), read(0)],
    sees: access,
    want: '0 faults, level 2',
  },
  {
    name: 'a huge page is cached from its first 4K page on',
    on: ['v5.5', 'v6.18'],
    program: ['guest_read mmu=tdp page=1 offset=3'],
    sees: ({ tlb }) => tlb.map(({ gfn, size }) => `${gfn} to ${gfn + size}`).join(),
    want: '4 to 8',
  },
  {
    name: 'a fault evicts the entries of this vCPU for the address, and nothing else',
    on: ['v6.18'],
    program: [read(0), read(1), `${read(1)} vcpu=1`, read(2), 'invalidate page=1', nested('read', 1), exec(1)],
    kernel: UNFLUSHED,
    sees: ({ tlb }) => tlb.map(({ vcpu, mmu, gfn, level }) => [vcpu, mmu, gfn, level].join(' ')).join(', '),
    want: '0 tdp 0 2, 1 tdp 4 2, 0 tdp 8 2, 0 shadow 4 2, 0 tdp 4 1',
  },
  {
    name: 'an SPTE of each level stands for so many 4K pages: 512^(L-1)',
    on: ['v6.18'],
    program: [],
    sees: () => [1, 2, 3, 4].map((level) => KVM_PAGES_PER_HPAGE(512, level)).join(),
    want: `1,512,${512 ** 2},${512 ** 3}`,
  },
];
