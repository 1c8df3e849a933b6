/** Rules about roots that vCPUs let go of. */
import type { Kvm } from '../../models/kernel/types';
import { type Behaviour, exec, nested, pages } from './behaviour';

const ONE_HOLDS_ON = ['v5.10', 'v5.18', 'v6.2'];
const BY_BOTH = [exec(0), 'guest_read mmu=tdp page=1 offset=0 vcpu=1'];
const cached = ({ tlb }: Kvm): string => [...new Set(tlb.map(({ vcpu }) => vcpu))].join();

export const BEHAVIOURS_OF_ROOTS: readonly Behaviour[] = [
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
