/** Shadow pages, and the lists that they hang on: what is remembered of each, and what copies and fingerprints make of it. */
import {
  amount,
  bit,
  by_hand,
  choice,
  fixed,
  GIVEN,
  int,
  left_out,
  link,
  record,
  type State,
  set_once,
  structure,
  value,
} from '../layout/layout';
import { BUILT, type Built } from '../world/world';
import type { Sptep } from './types';

/** A u64 list: two's complement in a double, exact near 0 and near 2^64 (see u64.ts). */
export type U64 = number;

const LINK = {
  begins: null,
  copy: by_hand('to the clone of whom it leads to (copy.ts)'),
  equal: by_hand('leads to pages of one id (same.ts)'),
  print: by_hand('where on which list a page is; a list out of order has no fingerprint (fingerprint.ts)'),
} as const;

/** `struct list_head`. */
export const LIST_HEAD = {
  next: link<list_head | null>(LINK),
  prev: link<list_head | null>(LINK),
  /** What container_of() would find; null for a list's head. */
  page: set_once<kvm_mmu_page | null>('a link stays in its page'),
};
export interface list_head extends State<typeof LIST_HEAD> {}

/** `union kvm_mmu_page_role`, as far as it tells pages apart here. */
export const ROLE = {
  level: int(),
  direct: bit({ begins: true }),
  guest_mode: bit(),
  smm: bit(),
  /** What its leaves may grant at most: all, or (ACC_CLEAN) no writes. */
  access: int({ bits: 4 }),
};
export interface Role extends Readonly<State<typeof ROLE>> {}

const ENTRIES = {
  copy: by_hand('entry by entry (copy.ts)'),
  equal: by_hand('entry by entry (same.ts)'),
  print: by_hand('where each leads (fingerprint.ts)'),
} as const;

/** `struct kvm_mmu_page`, a shadow page: one page table and what KVM remembers of it. */
export const PAGE = {
  id: int({
    begins: GIVEN,
    print: left_out('ids are names; but a toggle that is paused tells those that were there from others'),
  }),
  /** Replaced, never changed: copies of a page share it. */
  role: value<Role>(ROLE, {}),
  /** Reclaim takes the oldest first, and all pages of one age together (see reclaim_shadow_pages()). */
  age: int({ begins: GIVEN, print: by_hand('as a rank among the pages that reclaim may take (fingerprint.ts)') }),
  /** Made by the TDP MMU. */
  tdp_mmu_page: bit({ begins: GIVEN }),
  is_root: bit({ begins: GIVEN }),
  /** First 4K page it maps. */
  gfn: int({ begins: GIVEN, print: by_hand('as the place where the page stands (fingerprint.ts)') }),
  /** The SPTEs (see spte.ts) and, for those that point to a table, that table. */
  spt: structure<number[]>(ENTRIES),
  child: structure<(kvm_mmu_page | null)[]>(ENTRIES),
  /** SPTEs that point here: one at most for the TDP MMU (`ptep`), any number for the shadow MMU. */
  parent_ptes: structure<Sptep[]>({ ...ENTRIES, begins: [] }),
  possible_nx_huge_page_link: record<list_head>(LIST_HEAD),
  nx_huge_page_disallowed: bit(),
  /** Not the kernel's: what an exec fault built it for, as the reference would have it. Lists must say the same. */
  built: choice<Built>(BUILT),
  /** Writes of L1's to the table that it shadows, one after the other: after a few it is zapped. Roots only. */
  write_flooding_count: int(),
  /** kvm->arch.mmu_valid_gen when it was made: another one means that kvm_mmu_zap_all_fast() is about to zap it. */
  mmu_valid_gen: int({ begins: GIVEN, print: by_hand("whether it is the VM's (fingerprint.ts)") }),
  /** Given back to the allocator: whoever touches it now touches somebody else's memory. */
  freed: bit(),
};
export interface kvm_mmu_page extends State<typeof PAGE> {}

/** `kvm->arch.possible_nx_huge_pages[type]` of 6.18; the baselines before have one for all pages. */
export const LIST = {
  name: fixed<string>("the baseline's"),
  pages: record<list_head>(LIST_HEAD),
  nr_pages: amount(),
};
export interface NxList extends State<typeof LIST> {}
