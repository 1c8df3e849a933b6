import type { AddressSpace, Backing, Mmu, World } from '../world';
import type { KernelOps } from './ops';

/** Where a kernel function lets another CPU in. Sent `true` at 'need_resched', it reschedules. */
export type YieldPoint = 'need_resched' | 'spte_published' | 'lock_dropped';
/** A kernel function that another CPU can interleave with; runs to its end when nobody pauses it. */
export type Task<T = void> = Generator<YieldPoint, T, boolean | undefined>;

/** A u64 book: two's complement in a double, exact near 0 and near 2^64 (see u64.ts). */
export type U64 = number;

/** `struct list_head`. `page` is what container_of() would find; null for a list's head. */
export interface list_head {
  next: list_head | null;
  prev: list_head | null;
  page: kvm_mmu_page | null;
}

/** An SPTE's address: the table it is in, and its index there. */
export interface Sptep {
  readonly sp: kvm_mmu_page;
  readonly index: number;
}

/** `struct kvm_mmu_page`, a shadow page: one page table and what KVM remembers of it. */
export interface kvm_mmu_page {
  id: number;
  readonly role: { level: number; direct: boolean; guest_mode: boolean; smm: boolean };
  /** Reclaim takes the oldest first, and all pages of one age together (see reclaim_shadow_pages()). */
  age: number;
  /** Made by the TDP MMU. */
  tdp_mmu_page: boolean;
  is_root: boolean;
  /** First small page it maps. */
  gfn: number;
  /** The SPTEs (see spte.ts) and, for those that point to a table, that table. */
  readonly spt: number[];
  readonly child: (kvm_mmu_page | null)[];
  /** SPTEs that point here: one at most for the TDP MMU (`ptep`), any number for the shadow MMU. */
  readonly parent_ptes: Sptep[];
  readonly possible_nx_huge_page_link: list_head;
  nx_huge_page_disallowed: boolean;
  /** Given back to the allocator: whoever touches it now touches somebody else's memory. */
  freed: boolean;
}

/** `kvm->arch.possible_nx_huge_pages[type]` of 6.18; the eras before have one for all pages. */
export interface NxBook {
  readonly name: string;
  readonly pages: list_head;
  nr_pages: U64;
}

/** Shadow-page types, and indices of `Kvm.books` where an era has a book a type. */
export const KVM_SHADOW_MMU = 0;
export const KVM_TDP_MMU = 1;
export type MmuType = typeof KVM_SHADOW_MMU | typeof KVM_TDP_MMU;

export interface kvm_memory_slot {
  readonly id: number;
  readonly as_id: AddressSpace;
  /** First small page; -1 while the slot does not exist. */
  base_gfn: number;
  readonly npages: number;
  backing: Backing;
  dirty_log: boolean;
  /** By region of the slot: the host has broken its huge page into small ones. */
  readonly broken: boolean[];
}

export interface TlbEntry {
  readonly vcpu: number;
  readonly mmu: Mmu;
  /** First small page, and how many. */
  readonly gfn: number;
  readonly size: number;
  readonly level: number;
  readonly access: number;
}

/** Where a table stands (or stood). */
export interface Place {
  readonly mmu: Mmu;
  readonly level: number;
  readonly gfn: number;
}

/** The page that an iteration of a pass took from the list. */
export interface Taken extends Place {
  /** In a dirty-logged slot when it was taken. */
  readonly dirty: boolean;
  /** Freed before it was taken: it stands nowhere any more. */
  readonly freed: boolean;
  /** Leaves in the table itself, and in it and all tables below. */
  readonly own_leaves: number;
  readonly all_leaves: number;
}

/** One call that accounts or unaccounts a page, and what it did to the books. */
export interface Booking {
  readonly what: string;
  readonly type: MmuType;
  /** On a list before and after. */
  readonly listed_before: boolean;
  readonly listed_after: boolean;
  /** By how much each book's counter changed. */
  readonly changes: readonly number[];
}

/** One walk of one list by the recovery worker. */
export interface ListPass {
  readonly book: number;
  readonly ratio: number;
  /** What the kernel computed; wrapped counters make it larger than a double holds exactly. */
  to_zap: number | bigint;
  /** Pages on the list when the pass began, by walking it. */
  readonly listed: number;
  readonly taken: Taken[];
  /** It stopped because the list was empty. */
  ran_dry: boolean;
}

/** One run of kvm_recover_nx_huge_pages(). */
export interface PassRecord {
  /** Asked for by `recover`, not by the clock. */
  readonly direct: boolean;
  readonly lists: ListPass[];
  /** Leaves mapped when it began and when it ended. */
  readonly leaves_before: number;
  leaves_after: number;
  /** Remote TLB flushes and SPTEs zapped while it ran; zaps that no flush has followed. */
  flushes: number;
  zaps: number;
  unflushed: number;
}

/** A rule of the kernel's own that was broken: list, pointer, lock and flush discipline. */
export interface Finding {
  readonly claim: 'PRIMITIVE' | 'LOCK' | 'FLUSH' | 'SEC' | 'LIVE' | 'THREAD' | 'AS';
  readonly text: string;
}

/** What happened during the current command; emptied when the next begins. */
export interface StepRecord {
  passes: PassRecord[];
  findings: Finding[];
  bookings: Booking[];
  /** Level at which this command's guest access ended up mapped; 0: outside all slots, or no access. */
  mapped_level: number;
  faults: number;
  /** Shadow pages that reclaim took. */
  reclaimed: Place[];
  nx_toggled: boolean;
}

/** The VM's recovery worker (`nx_huge_page_recovery_thread`). */
export interface Worker {
  /** There is one: from the VM's creation on, or (6.14) from its first KVM_RUN on. */
  alive: boolean;
  /** `nx_once` says that it need not be created any more. */
  once_done: boolean;
  /** When its last pass was, and until when it sleeps unless woken. */
  last: number;
  sleeps_until: number;
}

export const LOCK_FREE = 0;
export const LOCK_READ = 1;
export const LOCK_WRITE = 2;

/** A virtual machine and the host around it: all of the implementation's state. */
export interface Kvm {
  readonly world: World;
  readonly ops: KernelOps;
  /** `kvm.tdp_mmu` of the world, where the era has one. */
  readonly tdp_mmu_enabled: boolean;
  /** Entries of a root table. */
  readonly root_entries: number;

  readonly memslots: kvm_memory_slot[];
  /** All shadow pages that are allocated, oldest first. */
  readonly sps: kvm_mmu_page[];
  /** Freed by the TDP MMU, waiting for an RCU grace period. */
  rcu_frees: kvm_mmu_page[];
  readonly roots: Record<Mmu, kvm_mmu_page | null>;
  readonly books: NxBook[];
  readonly stat: { nx_lpage_splits: U64; pages: [number, number, number]; remote_tlb_flush_requests: number };
  tlb: TlbEntry[];
  /** An SPTE has lost rights since TLBs were last checked or flushed. */
  tlb_suspect: boolean;

  /** `arch.disable_nx_huge_pages`: this VM alone is exempt from the mitigation. */
  disable_nx_huge_pages: boolean;
  /** Shadow pages that the shadow MMU may have before it zaps its oldest (`arch.n_max_mmu_pages`). */
  n_max_mmu_pages: number;
  mmu_lock: number;
  tdp_mmu_pages_lock: boolean;

  /** Module parameters: they outlive a VM. */
  readonly params: { nx_huge_pages: boolean; recovery_ratio: number; recovery_period_ms: number };
  /** Milliseconds of symbolic time. */
  now: number;
  readonly worker: Worker;
  /** A signal waits for userspace: its next KVM_RUN returns at once. */
  signal_pending: boolean;

  /** Steps left for the current command: what uses them up hangs. */
  fuel: number;
  next_id: number;
  /** The pass that is under way. */
  pass: PassRecord | null;
  readonly record: StepRecord;
}
