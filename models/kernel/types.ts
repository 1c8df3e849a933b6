import type { Command } from '../../harness/program/command';
import type { Flags } from '../world/flags';
import type { AddressSpace, Backing, Built, Mmu, Nested, Tree, World } from '../world/world';
import type { KernelOps } from './ops';

/**
 * Where a kernel function lets another CPU in. Sent `true` at 'need_resched', it flushes, drops its lock and yields once
 * more; elsewhere it goes on as it is.
 */
export const YIELD_POINTS = ['need_resched', 'lock_dropped', 'spte_published', 'page_taken', 'slots_swapped'] as const;
export type YieldPoint = (typeof YIELD_POINTS)[number];
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

/** `union kvm_mmu_page_role`, as far as it tells pages apart here. */
export interface Role {
  readonly level: number;
  readonly direct: boolean;
  readonly guest_mode: boolean;
  readonly smm: boolean;
  /** What its leaves may grant at most: all, or (ACC_CLEAN) no writes. */
  readonly access: number;
}

/** `struct kvm_mmu_page`, a shadow page: one page table and what KVM remembers of it. */
export interface kvm_mmu_page {
  id: number;
  /** Replaced, never changed: copies of a page share it. */
  role: Role;
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
  /** Not the kernel's: what an exec fault built it for, as the reference would have it. Books must say the same. */
  built: Built;
  /** Writes of L1's to the table that it shadows, one after the other: after a few it is zapped. Roots only. */
  write_flooding_count: number;
  /** kvm->arch.mmu_valid_gen when it was made: another one means that kvm_mmu_zap_all_fast() is about to zap it. */
  mmu_valid_gen: number;
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
  broken: Flags;
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
  readonly mmu: Tree;
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
  listed_after: boolean;
  /** By how much each book's counter changed. */
  readonly changes: number[];
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
  /** Leaves that it took away. */
  leaves: number;
  /** Remote TLB flushes and SPTEs zapped while it ran; zaps that no flush has followed. */
  flushes: number;
  zaps: number;
  unflushed: number;
  /** Others ran in the middle of it, or it in the middle of what others do. */
  interrupted: boolean;
}

/** A rule of the kernel's own that was broken: list, pointer, lock and flush discipline. */
export interface Finding {
  readonly claim: 'PRIMITIVE' | 'LOCK' | 'FLUSH' | 'SEC' | 'LIVE' | 'ORDER' | 'THREAD' | 'AS';
  readonly text: string;
}

/** How a write to a parameter ends: taken (0), or refused. */
export type Errno = '0' | 'EPERM' | 'EBUSY';

/** What happened during the current command; emptied when the next begins. */
export interface StepRecord {
  passes: PassRecord[];
  findings: Finding[];
  bookings: Booking[];
  /** Level at which this command's guest access ended up mapped; 0: outside all slots, or no access. */
  mapped_level: number;
  faults: number;
  /** Places where the command could have been paused. */
  yields: number;
  /** Shadow pages that reclaim took, or write flooding: a root (level 3) with all that its guest has mapped through it. */
  reclaimed: Place[];
  /** nx_huge_pages was toggled, and all is done: pages with a lesser id than this were there before. Else 0. */
  toggled_before: number;
  /** The slot whose dirty logging began by this command. */
  logging_began: kvm_memory_slot | null;
  /** What a write to a parameter came back with; null: nothing was written. */
  errno: Errno | null;
}

/** `struct kvm_page_fault`. */
export interface Fault {
  readonly mmu: Mmu;
  readonly gfn: number;
  readonly slot: kvm_memory_slot;
  /** READ, WRITE or EXEC. */
  readonly kind: number;
  /** What a nested guest's hypervisor grants; all, for others. */
  readonly access: number;
  /** An instruction fetch while the mitigation is on: no huge leaf may serve it. */
  readonly huge_page_disallowed: boolean;
  /** The level that the backing and dirty logging would allow. */
  readonly req_level: number;
  /** The level that will be mapped. */
  goal_level: number;
}

/** Who does it: each thread does one thing after the other. `vcpu` is one a vCPU; `params` writes module parameters. */
export const THREADS = ['vcpu', 'worker', 'memslots', 'notifier', 'params'] as const;
export type Thread = (typeof THREADS)[number];

/** A command that is under way: its frame, that is all it remembers from one yield to the next, and what it holds. */
export interface Operation {
  thread: Thread;
  /** Of a vCPU's thread: which. */
  vcpu: number;
  /** As the program says it; null between commands. */
  command: Command | null;
  task: Task | null;
  /** Locks and read sections, as bits (lock.ts). */
  held: number;
  /** The lock that it waits for, while another operation is run for that (SRCU: its readers); else 0. */
  waits_for: number;
  /** Has taken rights from an SPTE, and not flushed since: by this thread some TLB may hold what it should not. */
  tlb_suspect: boolean;
  /** The pass that it is making. */
  pass: PassRecord | null;

  // Its locals.
  at: YieldPoint | null;
  fault: Fault | null;
  faults: number;
  /** The page it is at work on, and the level of the SPTE above. */
  sp: kvm_mmu_page | null;
  level: number;
  list: ListPass | null;
  left: number | bigint;
  flush: boolean;
  invalid_list: kvm_mmu_page[];
  /** Of a toggle of nx_huge_pages: pages with a lesser id were there before. Not the kernel's: claims ask. */
  older_than: number;
}

/** The VM's recovery worker (`nx_huge_page_recovery_thread`). */
export interface Worker {
  /** There is one: from the VM's creation on, or (6.14) from its first KVM_RUN on. */
  alive: boolean;
  /** `nx_once` says that it need not be created any more. */
  once_done: boolean;
  /** There was one, and it took a fatal signal (VHOST_TASK_FLAGS_KILLED): none will follow while the VM lives. */
  killed: boolean;
  /** When its last pass was, and until when it sleeps unless woken. */
  last: number;
  sleeps_until: number;
}

/** What the module's parameters say; periods are milliseconds. */
export interface Params {
  nx_huge_pages: boolean;
  recovery_ratio: number;
  recovery_period_ms: number;
  /** `never` was written while there was no VM: nothing can be written any more. */
  nx_hugepage_mitigation_hard_disabled: boolean;
}

/** A virtual machine and the host around it, another VM included: all of the implementation's state. */
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
  /** One bit in 5.5 and later: flipped by kvm_mmu_zap_all_fast(). */
  mmu_valid_gen: number;
  /** Freed by the TDP MMU, waiting for an RCU grace period. */
  rcu_frees: kvm_mmu_page[];
  /** Pages that are off `sps`, and not freed yet; none between two commands, unless one is paused. */
  to_be_freed: number;
  readonly roots: Record<Mmu, kvm_mmu_page | null>;
  readonly books: NxBook[];
  readonly stat: { nx_lpage_splits: U64; pages: [number, number, number]; remote_tlb_flush_requests: number };
  tlb: TlbEntry[];
  /** L1's own tables for its nested guests: the entries, of 1G each, whose dirty bit is not set. */
  readonly clean: Record<Nested, Flags>;

  /** The operation that runs, and those that wait in the middle of theirs, the oldest first. */
  running: Operation;
  readonly paused: Operation[];
  /** Those that wait for another to be done, which runs for that: the first waited first. */
  readonly waiting: Operation[];
  /** `arch.disable_nx_huge_pages`: this VM alone is exempt from the mitigation. */
  disable_nx_huge_pages: boolean;
  /** Shadow pages that the shadow MMU may have before it zaps its oldest (`arch.n_max_mmu_pages`). */
  n_max_mmu_pages: number;

  /** Module parameters: they outlive a VM, and are one for all VMs. */
  readonly params: Params;
  /** Another VM on this host, if there is one; it has none beside it. Nothing of it is ever paused. */
  other: Kvm | null;
  /** Milliseconds of symbolic time. */
  now: number;
  readonly worker: Worker;
  /** A signal waits for userspace: its next KVM_RUN returns at once. */
  signal_pending: boolean;

  /** Steps left for the current command: what uses them up hangs. */
  fuel: number;
  next_id: number;
  readonly record: StepRecord;
}
