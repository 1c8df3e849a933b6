/** Rules about roots that vCPUs let go of. */
import type { Kvm } from '../../models/kernel/types';
import { LIVE_WORLD } from '../../models/world/world';
import { type Behaviour, exec, nested, pages, read } from './behaviour';

const ONE_HOLDS_ON = ['v5.10', 'v5.18', 'v6.2'];
const BY_BOTH = [exec(0), 'guest_read mmu=tdp page=1 offset=0 vcpu=1'];
const cached = ({ tlb }: Kvm): string => [...new Set(tlb.map(({ vcpu }) => vcpu))].join();

export const BEHAVIOURS_OF_ROOTS: readonly Behaviour[] = [
  {
    name: 'a vCPU that ran before the program has loaded the root, too',
    on: ONE_HOLDS_ON,
    world: LIVE_WORLD,
    program: [exec(0), 'drop_roots'],
    sees: pages,
    want: '1/0/0',
  },
  {
    name: 'no vCPU has loaded the new root until it runs',
    on: ONE_HOLDS_ON,
    program: [...BY_BOTH, 'nx_huge_pages on=0', read(0), 'drop_roots'],
    sees: pages,
    want: '0/0/0',
  },
  {
    name: 'where a root outlives its vCPUs, nobody counts them',
    on: ['v5.5', 'v6.18'],
    program: [...BY_BOTH, 'drop_roots'],
    sees: ({ root_holders }) => root_holders,
    want: 0,
  },
  {
    name: 'where a root outlives its vCPUs, nobody counts those that ran before the program either',
    on: ['v5.5', 'v6.18'],
    world: LIVE_WORLD,
    program: [],
    sees: ({ root_holders }) => root_holders,
    want: 0,
  },
  {
    name: 'a vCPU runs before it lets go of its root: from 6.14 on the worker exists then',
    on: ['v6.18'],
    program: ['drop_roots'],
    sees: ({ worker }) => Number(worker.alive),
    want: 1,
  },
  {
    name: 'a vCPU that keeps an old root is reported before that root is torn down',
    on: ['v5.12', 'v6.18'],
    program: [exec(0), 'nx_huge_pages on=0'],
    kernel: { kvm_reload_remote_mmus() {} },
    sees: ({ record }) => record.findings[0]?.text ?? 'nothing',
    want: 'vCPU 0 can still reach the 4K page at gfn 0 (tdp), zapped but unflushed when mmu_lock was dropped',
  },
  {
    name: 'up to 6.3 what L1 has mapped goes with the last vCPU that lets go of the root',
    on: ONE_HOLDS_ON,
    program: [exec(0), 'drop_roots'],
    sees: pages,
    want: '0/0/0',
  },
  {
    name: 'while another vCPU has loaded the root, nothing goes',
    on: ONE_HOLDS_ON,
    program: [...BY_BOTH, 'drop_roots'],
    sees: pages,
    want: '1/1/0',
  },
  {
    name: 'a vCPU that runs again has loaded the root again',
    on: ONE_HOLDS_ON,
    program: [...BY_BOTH, 'drop_roots', exec(0), 'drop_roots vcpu=1'],
    sees: pages,
    want: '1/1/0',
  },
  {
    name: 'after the last vCPU of two has let go of the root, all is gone',
    on: ONE_HOLDS_ON,
    program: [...BY_BOTH, 'drop_roots', 'drop_roots vcpu=1'],
    sees: pages,
    want: '0/0/0',
  },
  {
    name: "nested guests' tables stay in the hash, whoever lets go of their root",
    on: [...ONE_HOLDS_ON, 'v5.5', 'v6.18'],
    program: [nested('read', 0), 'drop_roots'],
    sees: pages,
    want: '0/1/0',
  },
  {
    name: 'from 6.4 on tables stay when no vCPU has loaded their root',
    on: ['v6.4', 'v6.18'],
    program: [...BY_BOTH, 'drop_roots', 'drop_roots vcpu=1'],
    sees: ({ stat }) => stat.nx_lpage_splits,
    want: 1,
  },
  {
    name: 'a vCPU that lets go of its roots forgets what it has cached, and the other one does not',
    on: ['v5.5', 'v6.2', 'v6.18'],
    program: [...BY_BOTH, 'drop_roots'],
    sees: cached,
    want: '1',
  },
];
