/**
 * The types of the kernel side: its state (declared in machine.ts, operation.ts and page.ts), and the record of a
 * command.
 */
import type { Command } from '../../harness/program/command';
import type { Tree } from '../world/world';
import type { kvm_mmu_page } from './page';

export type { Kvm, kvm_memory_slot, Params, StepRecord, TlbEntry, Worker } from './machine';
export type { Fault, ListPass, Operation, PassRecord } from './operation';
export type { kvm_mmu_page, list_head, NxList, NxList as NxBook, Role, U64 } from './page';

/**
 * Where a kernel function lets another CPU run. If it receives `true` at 'need_resched', it flushes, drops its lock and
 * yields once more; at the other points it continues unchanged.
 */
export const MEANING_OF_POINT = {
  need_resched: 'in its loop; what it has zapped may not be flushed yet',
  lock_dropped: 'it has flushed and released mmu_lock, and others may take it',
  spte_published: 'a fault has linked a new table, and has not put it on its list yet',
  page_taken: 'a pass has taken a page off its list, and has not zapped it yet',
  slots_swapped: 'the new memslots are in effect, and what they require (zaps, write protection) is not done yet',
  srcu_entered: 'a prefault has begun to read the memslots, and has not looked up its slot yet',
};
export type YieldPoint = keyof typeof MEANING_OF_POINT;
export const YIELD_POINTS = Object.keys(MEANING_OF_POINT) as readonly YieldPoint[];

/**
 * The kinds of threads; each thread runs one operation after another. Each vCPU has its own `vcpu` thread. `params`
 * writes module parameters.
 */
export const THREADS = ['vcpu', 'worker', 'memslots', 'notifier', 'params'] as const;
export type Thread = (typeof THREADS)[number];

/** A kernel function with which another CPU can interleave. It runs to its end unless it is paused. */
export type Task<T = void> = Generator<YieldPoint, T, boolean | undefined>;

/** Identifies an SPTE: its table, and its index there. */
export interface Sptep {
  readonly sp: kvm_mmu_page;
  readonly index: number;
}

/** Types of shadow pages: indices of `Kvm.lists` where a baseline has one list for each type. */
export const KVM_SHADOW_MMU = 0;
export const KVM_TDP_MMU = 1;
export type MmuType = typeof KVM_SHADOW_MMU | typeof KVM_TDP_MMU;

/** Where a table is, or was. */
export interface Place {
  readonly mmu: Tree;
  readonly level: number;
  readonly gfn: number;
}

/** The page that one iteration of a pass took from the list. */
export interface Taken extends Place {
  /** Its slot was dirty-logged when it was taken. */
  readonly dirty: boolean;
  /** It was already freed when it was taken, so it has no place any more. */
  readonly freed: boolean;
  /** Number of leaves in the table itself, and in it and all tables below. */
  readonly own_leaves: number;
  readonly all_leaves: number;
  readonly page: kvm_mmu_page;
  /**
   * For a page of the shadow MMU: the tables below it, which may be zapped along. (A table of the TDP MMU links to its
   * parent as long as it is linked.)
   */
  readonly below: readonly kvm_mmu_page[];
  /** This pass zapped it, and not another CPU. */
  zapped: boolean;
}

/** Something that a pass zapped without having taken it or an ancestor of it. */
export interface Stray extends Place {
  /** It is at the gfn of a page that the pass took, but in another root. */
  readonly in_range: boolean;
}

/** One call that accounts or unaccounts a page, and its effect on the lists. */
export interface Accounting {
  readonly what: string;
  readonly type: MmuType;
  /** The page was on a list before the call, and is after it. */
  readonly listed_before: boolean;
  listed_after: boolean;
  /** By how much each list's counter changed. */
  readonly changes: number[];
}
/** The former name, kept for good. */
export type Booking = Accounting;

/** A pass by the clock, when it begins: the moment, and the time since the last pass, both in milliseconds. */
export interface ClockPass {
  readonly began: number;
  readonly after: number;
}

/** The memory that an SPTE mapped before a pass removed its rights: the gfns [gfn, gfn + size). */
export interface Unflushed {
  readonly gfn: number;
  readonly size: number;
  /** At that time, a TLB held a part of it. */
  readonly held: boolean;
}

/**
 * Room was made for shadow pages: for which command, how many pages there were, how many were zapped, and how many of
 * them at once.
 */
export interface Room {
  /** The command of the operation that wanted the room; null for an operation of another VM. */
  readonly command: Command | null;
  readonly had: number;
  readonly taken: number;
  readonly at_once: number;
}

/** What was left of a VM when its memory was freed: all of it must be 0. */
export interface VmEnd {
  /** The other VM. */
  readonly is_other: boolean;
  /** Pages on its lists of NX-split pages; shadow pages of either MMU; what its vCPUs have cached. */
  readonly listed: number;
  readonly pages: number;
  readonly cached: number;
  /** Counters that said how long their lists are before the VM ended, and are not 0 now: of each list, and the stat. */
  readonly miscounted: number;
  /** The counters `n_used_mmu_pages` and `tdp_mmu_pages`. */
  readonly used: number;
  readonly tdp: number;
  /** Passes of its worker that have begun and not ended. */
  readonly passes: number;
}

/** A broken rule of the kernel: about lists, pointers, locks or flushes. */
export interface Finding {
  readonly claim:
    | 'VAIN'
    | 'OUTSIDE'
    | 'RIGHTS'
    | 'LIMIT'
    | 'PRIMITIVE'
    | 'LOCK'
    | 'FLUSH'
    | 'SEC'
    | 'LIVE'
    | 'ORDER'
    | 'THREAD'
    | 'AS';
  readonly text: string;
  /** The kernel has a WARN_ON() there: its log says so. */
  readonly warns?: true;
}

/** What a prefault answers: mapped (0), or why not. */
export type PrefaultAnswer = '0' | 'EINVAL' | 'EOPNOTSUPP' | 'ENOENT' | 'EAGAIN';

/** A prefault that has ended: its answer, and the level of the leaf that maps the page then (0: none). */
export interface Prefault {
  readonly answer: PrefaultAnswer;
  readonly level: number;
}

/** How a write to a parameter or a capability ends: taken (0), or refused. */
export type Errno = '0' | 'EPERM' | 'EBUSY' | 'EINVAL';
