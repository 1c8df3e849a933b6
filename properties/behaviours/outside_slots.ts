/** Rules about accesses outside all slots, in kernels that build tables for them (B42). */
import type { Kvm } from '../../models/kernel/types';
import { type Behaviour, nested } from './behaviour';

const OUTSIDE = 20;
const access = (kind: string, mmu: string): string => `guest_${kind} mmu=${mmu} page=${OUTSIDE} offset=0`;
const room = ({ record }: Kvm): string => record.rooms.map(({ had, taken }) => `${taken} of ${had}`).join();
/** The tables below roots: marked as those of an exec fault (x), or not (-). */
const marked = ({ sps }: Kvm): string =>
  sps.map((sp) => (sp.is_root ? '' : sp.nx_huge_page_disallowed ? 'x' : '-')).join('');

export const BEHAVIOURS_OUTSIDE_SLOTS: readonly Behaviour[] = [
  ...['tdp', 'shadow'].map(
    (mmu): Behaviour => ({
      name: `an access outside all slots that is no exec marks no table (${mmu})`,
      on: ['B42'],
      program: [access('read', mmu)],
      sees: marked,
      want: '--',
    }),
  ),
  {
    name: 'an exec outside all slots marks its tables',
    on: ['B42'],
    program: [access('exec', 'tdp')],
    sees: marked,
    want: 'xx',
  },
  {
    name: 'while the mitigation is off, an exec outside all slots marks no table',
    on: ['B42'],
    program: ['nx_huge_pages on=0', access('exec', 'tdp')],
    sees: marked,
    want: '--',
  },
  {
    name: 'the first access of a nested guest outside all slots makes room for its tables',
    on: ['B42'],
    program: ['nr_mmu_pages pages=2', nested('read', 0), nested('read', 4), access('read', 'shadow')],
    sees: room,
    want: '1 of 2',
  },
  {
    name: 'the second access outside all slots finds the tables of the first and makes no room',
    on: ['B42'],
    program: ['nr_mmu_pages pages=2', access('read', 'shadow'), access('read', 'shadow')],
    sees: room,
    want: '',
  },
  ...[true, false].map(
    (tdp_faults_make_room): Behaviour => ({
      name: `L1’s access outside all slots makes ${tdp_faults_make_room ? '' : 'no '}room for shadow pages where its faults ${tdp_faults_make_room ? 'do' : 'do not'}`,
      on: ['B42'],
      program: ['nr_mmu_pages pages=2', nested('read', 0), nested('read', 4), access('read', 'tdp')],
      kernel: { tdp_faults_make_room },
      sees: room,
      want: tdp_faults_make_room ? '1 of 2' : '',
    }),
  ),
];
