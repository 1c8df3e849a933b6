/** The types of the kernel side: its state, declared in machine.ts, operation.ts and page.ts, and what is said of a command. */
import type { Command } from '../../harness/program/command';
import type { Tree } from '../world/world';
import type { kvm_mmu_page } from './page';

export type { Kvm, kvm_memory_slot, Params, StepRecord, TlbEntry, Worker } from './machine';
export type { Fault, ListPass, Operation, PassRecord } from './operation';
export type { kvm_mmu_page, list_head, NxList, NxList as NxBook, Role, U64 } from './page';

/**
 * Where a kernel function lets another CPU in. Sent `true` at 'need_resched', it flushes, drops its lock and yields once
 * more; elsewhere it goes on as it is.
 */
export const YIELD_POINTS = ['need_resched', 'lock_dropped', 'spte_published', 'page_taken', 'slots_swapped'] as const;
export type YieldPoint = (typeof YIELD_POINTS)[number];

/** Who does it: each thread does one thing after the other. `vcpu` is one a vCPU; `params` writes module parameters. */
export const THREADS = ['vcpu', 'worker', 'memslots', 'notifier', 'params'] as const;
export type Thread = (typeof THREADS)[number];

/** A kernel function that another CPU can interleave with; runs to its end when nobody pauses it. */
export type Task<T = void> = Generator<YieldPoint, T, boolean | undefined>;

/** An SPTE's address: the table it is in, and its index there. */
export interface Sptep {
  readonly sp: kvm_mmu_page;
  readonly index: number;
}

/** Shadow-page types, and indices of `Kvm.lists` where a baseline has a list a type. */
export const KVM_SHADOW_MMU = 0;
export const KVM_TDP_MMU = 1;
export type MmuType = typeof KVM_SHADOW_MMU | typeof KVM_TDP_MMU;

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
  readonly page: kvm_mmu_page;
  /** Of a shadow page: the tables below it, which may go along. (The TDP MMU's lead to it as long as they stand.) */
  readonly below: readonly kvm_mmu_page[];
  /** This pass has zapped it: not another CPU. */
  zapped: boolean;
}

/** What a pass has zapped that is neither what it took nor below that. */
export interface Stray extends Place {
  /** It lies where a page lies that the pass took, in another root. */
  readonly in_range: boolean;
}

/** One call that accounts or unaccounts a page, and what it did to the lists. */
export interface Accounting {
  readonly what: string;
  readonly type: MmuType;
  /** On a list before and after. */
  readonly listed_before: boolean;
  listed_after: boolean;
  /** By how much each list's counter changed. */
  readonly changes: number[];
}
/** The name that it had first, for good. */
export type Booking = Accounting;

/** A pass by the clock, when it begins: the moment, and the time since the last pass (milliseconds). */
export interface ClockPass {
  readonly began: number;
  readonly after: number;
}

/** What an SPTE mapped that a pass took rights from: the 4K pages [gfn, gfn + size). */
export interface Unflushed {
  readonly gfn: number;
  readonly size: number;
  /** Some TLB held a part of it then. */
  readonly held: boolean;
}

/** Room was made for shadow pages: who wanted it, how many there were, how many were taken, and how many of them at once. */
export interface Room {
  /** Of the operation that wanted it; null for one of another VM. */
  readonly command: Command | null;
  readonly had: number;
  readonly taken: number;
  readonly at_once: number;
}

/** A rule of the kernel's own that was broken: list, pointer, lock and flush discipline. */
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

/** How a write to a parameter or a capability ends: taken (0), or refused. */
export type Errno = '0' | 'EPERM' | 'EBUSY' | 'EINVAL';
