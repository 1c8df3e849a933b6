/**
 * Shadow pages and their lists: the fields of each, and how copies and fingerprints treat them. Models struct
 * kvm_mmu_page and union kvm_mmu_page_role (arch/x86/include/asm/kvm_host.h, arch/x86/kvm/mmu/mmu_internal.h), 5.5 to
 * 7.3.
 */
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

/** A u64 counter: two's complement in a double, exact near 0 and near 2^64 (see u64.ts). */
export type U64 = number;

const LINK = {
  begins: null,
  copy: by_hand('points to the clone of the same page (copy.ts)'),
  equal: by_hand('points to pages with the same id (same.ts)'),
  print: by_hand('as the position on its list; a corrupted list has no fingerprint (fingerprint.ts)'),
} as const;

/** `struct list_head`. */
export const LIST_HEAD = {
  next: link<list_head | null>(LINK),
  prev: link<list_head | null>(LINK),
  /** The page that container_of() returns; null for a list's head. */
  page: set_once<kvm_mmu_page | null>('a link stays in its page'),
};
export interface list_head extends State<typeof LIST_HEAD> {}

/** `union kvm_mmu_page_role`, with the fields that distinguish pages in this model. */
export const ROLE = {
  level: int(),
  direct: bit({ begins: true }),
  guest_mode: bit(),
  smm: bit(),
  /** The most that its leaves may grant: all, or (ACC_CLEAN) everything but writes. */
  access: int({ bits: 4 }),
};
export interface Role extends Readonly<State<typeof ROLE>> {}

const ENTRIES = {
  copy: by_hand('entry by entry (copy.ts)'),
  equal: by_hand('entry by entry (same.ts)'),
  print: by_hand('as the page that each points to (fingerprint.ts)'),
} as const;

/** `struct kvm_mmu_page`, a shadow page: a page table and KVM's data about it. */
export const PAGE = {
  id: int({
    begins: GIVEN,
    print: left_out('ids are names; but a paused toggle distinguishes pages that existed when it began'),
  }),
  /** Replaced, never changed, because copies of a page share it. */
  role: value<Role>(ROLE, {}),
  /** Reclaim zaps the oldest pages first, and all pages of one age together (see kvm_mmu_zap_oldest_mmu_pages()). */
  age: int({ begins: GIVEN, print: by_hand('as a rank among the pages that reclaim may take (fingerprint.ts)') }),
  /** Made by the TDP MMU. */
  tdp_mmu_page: bit({ begins: GIVEN }),
  is_root: bit({ begins: GIVEN }),
  /**
   * The first gfn that it maps. In the kernel a page that is not direct has the gfn of the table that it shadows; what a page
   * directory of L1 maps says as well which one that is.
   */
  gfn: int({ begins: GIVEN, print: by_hand('as the place where the page stands (fingerprint.ts)') }),
  /** The SPTEs (see spte.ts), and for each SPTE that points to a table, that table. */
  spt: structure<number[]>(ENTRIES),
  child: structure<(kvm_mmu_page | null)[]>(ENTRIES),
  /** The SPTEs that point to this page: at most one for the TDP MMU (`ptep`), any number for the shadow MMU. */
  parent_ptes: structure<Sptep[]>({ ...ENTRIES, begins: [] }),
  possible_nx_huge_page_link: record<list_head>(LIST_HEAD),
  nx_huge_page_disallowed: bit(),
  /** Why the table was built, as the reference sees it. The kernel has no such field. The lists must agree with it. */
  built: choice<Built>(BUILT),
  /**
   * Roots only: L1's writes to the table that this root shadows, without a fault in between. After a few, the root is
   * zapped.
   */
  write_flooding_count: int(),
  /**
   * Roots of nested guests only: the 1G pages that their entries map (entries.ts). Those of direct pages follow from `gfn`.
   * Models `shadowed_translation`.
   */
  shadowed_translation: int(),
  /**
   * kvm->arch.mmu_valid_gen when the page was made. If it differs now, kvm_mmu_zap_all_fast() is about to zap the page.
   */
  mmu_valid_gen: int({ begins: GIVEN, print: by_hand("whether it is the VM's (fingerprint.ts)") }),
  /** Freed: a thread that uses the page now uses memory that is no longer KVM's. */
  freed: bit(),
};
export interface kvm_mmu_page extends State<typeof PAGE> {}

/** `kvm->arch.possible_nx_huge_pages[type]` of 6.18. Earlier baselines have one list for all pages. */
export const LIST = {
  name: fixed<string>("the baseline's"),
  pages: record<list_head>(LIST_HEAD),
  nr_pages: amount(),
};
export interface NxList extends State<typeof LIST> {}
