/** Rules about memory attributes: no huge page maps private pages and others. */
import type { Kvm } from '../../models/kernel/types';
import { type Behaviour, exec, flushed, level, nested, pages, read } from './behaviour';

const HAVE_ATTRIBUTES = ['linux-6.12', 'linux-6.17', 'v6.18', 'v6.18-without-tdp-mmu'];
const set = (page: number, offset: number, value = 1): string =>
  `attributes page=${page} offset=${offset} private=${value}`;
const paused = (kvm: Kvm): number => kvm.paused.length;
const exec_of_1 = 'guest_exec mmu=tdp page=0 offset=1';
const ALL_OF_A_REGION = [0, 1, 2, 3].map((offset) => set(8, offset));

export const BEHAVIOURS_OF_ATTRIBUTES: readonly Behaviour[] = [
  {
    name: 'before 6.8 pages have no attributes, and to set one is EINVAL',
    on: ['v5.5', 'v5.12', 'v6.1', 'v6.4'],
    program: [set(0, 0)],
    sees: ({ record }) => record.errno ?? 'nothing',
    want: 'EINVAL',
  },
  {
    name: 'a region with mixed attributes is mapped by pages of 4K',
    on: HAVE_ATTRIBUTES,
    program: [set(0, 0), read(0)],
    sees: level,
    want: 1,
  },
  {
    name: 'the region beside it is mapped huge',
    on: HAVE_ATTRIBUTES,
    program: [set(8, 0), read(9)],
    sees: level,
    want: 2,
  },
  {
    name: 'a region all of whose pages are private is mapped huge, and the 1G page around it is not',
    on: HAVE_ATTRIBUTES,
    program: [...ALL_OF_A_REGION, read(8)],
    sees: level,
    want: 2,
  },
  {
    name: 'an exec fault in a region with mixed attributes counts no split: no huge page is possible',
    on: HAVE_ATTRIBUTES,
    program: [set(0, 0), exec(0)],
    sees: ({ stat }) => stat.nx_lpage_splits,
    want: 0,
  },
  {
    name: 'what maps a page goes when its attributes change, and nothing else does',
    on: HAVE_ATTRIBUTES,
    program: [exec(0), read(1), nested('read', 0), read(8), set(0, 1)],
    sees: pages,
    want: '1/1/1',
  },
  {
    name: 'huge pages over a page go when its attributes change, with one flush',
    on: [...HAVE_ATTRIBUTES, 'B54'],
    program: [read(8), set(8, 0)],
    sees: flushed,
    want: 1,
  },
  {
    name: 'where nothing is mapped, nothing is flushed; nor where the page is so already',
    on: HAVE_ATTRIBUTES,
    program: [set(0, 0), exec(0), set(0, 0)],
    sees: flushed,
    want: 0,
  },
  {
    name: 'a page stays mapped that is so already',
    on: HAVE_ATTRIBUTES,
    program: [read(0), set(0, 0, 0)],
    sees: pages,
    want: '0/1/0',
  },
  {
    name: 'attributes outlive a slot, and end with the VM',
    on: HAVE_ATTRIBUTES,
    program: [set(0, 0), 'recreate_slot', read(0)],
    sees: level,
    want: 1,
  },
  {
    name: 'a new VM has no private pages',
    on: HAVE_ATTRIBUTES,
    program: [set(0, 0), 'destroy_vm', read(0)],
    sees: level,
    want: 2,
  },
  {
    name: 'when the pages of a region are alike again, no table is left that would keep it small',
    on: ['v6.18', 'v6.18-without-tdp-mmu'],
    program: [set(0, 0), exec_of_1, set(0, 0, 0), exec_of_1.replace('exec', 'read')],
    sees: level,
    want: 2,
  },
  {
    name: 'the same of a 1G page: its table goes, and the splits below',
    on: ['v6.18', 'v6.18-without-tdp-mmu'],
    program: [set(8, 0), exec(9), set(8, 0, 0), read(9)],
    sees: level,
    want: 3,
  },
  {
    name: 'a slot that moves finds the attributes of its new place',
    on: HAVE_ATTRIBUTES,
    program: [set(16, 0), 'move_slot to=away', read(16)],
    sees: level,
    want: 1,
  },
  {
    name: 'while attributes are set, a fault for another page of the region waits, and maps no huge page over them',
    on: HAVE_ATTRIBUTES,
    program: [`${set(0, 0)} pause=1`, 'guest_read mmu=tdp page=0 offset=1'],
    sees: level,
    want: 1,
  },
  {
    name: 'and so does one for another page of the 1G page',
    on: HAVE_ATTRIBUTES,
    program: [`${set(8, 0)} pause=1`, nested('read', 9)],
    sees: level,
    want: 2,
  },
  {
    name: 'and so does one for the first page of the region',
    on: HAVE_ATTRIBUTES,
    program: [`${set(0, 1)} pause=1`, read(0)],
    sees: level,
    want: 1,
  },
  {
    name: 'a fault before the 1G page does not wait for who sets attributes',
    on: HAVE_ATTRIBUTES,
    program: [`${set(8, 0)} pause=1`, read(0)],
    sees: paused,
    want: 1,
  },
  {
    name: 'nor does one behind it',
    on: HAVE_ATTRIBUTES,
    program: [`${set(0, 0)} pause=1`, read(8)],
    sees: paused,
    want: 1,
  },
];
