/** Rules about entries of L1's tables for its nested guests that come to point elsewhere. */
import type { Kvm } from '../../models/kernel/types';
import { type Behaviour, flushed, nested, pages } from './behaviour';

const unseen = (page: number, to: number): string => `remap_entry mmu=shadow page=${page} to=${to} tracked=0`;
const seen = (page: number, to: number): string => `remap_entry mmu=shadow page=${page} to=${to} tracked=1`;
/** The splits, and whether a table of the nested guest's maps gfn 0. */
const splits_and_first = ({ stat, sps }: Kvm): string =>
  `${stat.nx_lpage_splits} ${sps.some(({ gfn, role, is_root }) => gfn === 0 && role.guest_mode && !is_root)}`;
const ELSEWHERE = 'guest_exec mmu=shadow page=0 offset=2';

export const BEHAVIOURS_OF_ENTRIES: readonly Behaviour[] = [
  {
    name: 'what an entry mapped stays until the next fault there, if KVM does not see that the entry changes',
    on: ['v5.5', 'v6.1', 'v6.18'],
    program: [nested('exec', 0), unseen(0, 4), nested('exec', 0)],
    sees: splits_and_first,
    want: '1 true',
  },
  {
    name: 'the next fault zaps the tables of the page to which the entry pointed before',
    on: ['v5.10', 'v6.1', 'v6.18'],
    program: [nested('exec', 0), unseen(0, 4), ELSEWHERE],
    sees: splits_and_first,
    want: '1 false',
  },
  {
    name: 'before 5.10, nested tables without a parent stay',
    on: ['v5.5'],
    program: [nested('exec', 0), unseen(0, 4), ELSEWHERE],
    sees: splits_and_first,
    want: '2 true',
  },
  {
    name: 'it flushes once for them',
    on: ['v5.5', 'v6.1', 'v6.18'],
    program: [nested('exec', 0), unseen(0, 4), ELSEWHERE],
    sees: flushed,
    want: 1,
  },
  {
    name: 'a leaf of 1G to which the entry pointed before goes, too',
    on: ['v5.5', 'v6.1', 'v6.18'],
    program: [nested('read', 8), unseen(8, 0), 'guest_exec mmu=shadow page=8 offset=0'],
    sees: pages,
    want: '2/0/0',
  },
  {
    name: 'tables to which another entry still points stay',
    on: ['v5.10', 'v6.1', 'v6.18'],
    program: [nested('exec', 0), unseen(4, 0), nested('exec', 5), unseen(4, 4), nested('read', 6)],
    sees: ({ stat }) => stat.nx_lpage_splits,
    want: 2,
  },
  {
    name: 'if KVM sees the write, the tables stay on their list up to 6.17',
    on: ['v5.10', 'v6.1', 'v6.4'],
    program: [nested('exec', 0), seen(0, 4), ELSEWHERE],
    sees: splits_and_first,
    want: '2 true',
  },
  {
    name: 'if KVM sees the write, the tables go with it from 6.18 on',
    on: ['v6.18'],
    program: [nested('exec', 0), seen(0, 4)],
    sees: splits_and_first,
    want: '0 false',
  },
  {
    name: 'what two entries map is taken back by the host through both',
    on: ['v5.5', 'v6.1', 'v6.18'],
    program: [nested('read', 8), unseen(0, 8), nested('read', 0), 'invalidate page=8'],
    sees: pages,
    want: '0/0/0',
  },
];
