/**
 * The state of a command that has begun. If the command is paused, this decides how it continues. Frames hold the local
 * variables of functions in mmu.c and tdp_mmu.c (arch/x86/kvm/mmu/), 5.5 to 7.3.
 */
import type { Command } from '../../harness/program/command';
import {
  bit,
  by_hand,
  choice,
  constant,
  fixed,
  GIVEN,
  int,
  left_out,
  link,
  type State,
  structure,
  wide_amount,
} from '../layout/layout';
import { MMUS, type Mmu } from '../world/world';
import type { kvm_memory_slot } from './machine';
import type { kvm_mmu_page } from './page';
import { type Taken, type Task, THREADS, type Thread, type Unflushed, YIELD_POINTS, type YieldPoint } from './types';

/** Copies are made only between commands, when there is no frame. */
const OF_A_FRAME = {
  copy: left_out('no frame is left between two commands'),
  equal: left_out('no frame is left between two commands'),
} as const;

/**
 * `struct kvm_page_fault`. Only faults of the TDP MMU are ever paused (at spte_published), with mmu_lock held for read.
 */
export const FAULT = {
  mmu: constant(choice<Mmu>(MMUS)),
  gfn: constant(int({ print: by_hand('with the place of the fault (fingerprint.ts)') })),
  /** The guest's own address: that of a nested guest, where L1's entry leads elsewhere, is not the gfn. */
  addr: fixed<number>('equal to gfn: no fault of a nested guest is ever paused'),
  slot: fixed<kvm_memory_slot>(
    'follows from gfn, or none (is_noslot()): the fault is a reader of srcu, and changes of memslots wait for it',
  ),
  /** READ, WRITE or EXEC. */
  kind: constant(int({ bits: 3 })),
  /** What L1's entry grants to a nested guest; for other guests, all rights. */
  access: fixed<number>('always all rights: no fault of a nested guest is ever paused'),
  /** An instruction fetch while the mitigation is on: no huge leaf may be mapped for it. */
  huge_page_disallowed: fixed<boolean>(
    'follows from kind and nx_huge_pages: a writer of nx_huge_pages waits for mmu_lock, and so for the fault, before it can be paused',
  ),
  /** `prefetch`: a prefault. Nobody waits for what it maps. */
  prefetch: constant(bit()),
  /** The level that the backing and dirty logging allow. */
  req_level: constant(int({ bits: 2 })),
  /** The level that will be mapped. */
  goal_level: int({ bits: 2, begins: GIVEN }),
};
export interface Fault extends State<typeof FAULT> {}

/** One walk of one list by the recovery worker. */
export const LIST_PASS = {
  /** Index of the list in `Kvm.lists`. */
  list: constant(int()),
  book: fixed<number>('an alias: the first name of `list`'),
  ratio: constant(int()),
  /** What the kernel computed; wrapped counters make it larger than a double holds exactly. */
  to_zap: wide_amount({ begins: GIVEN }),
  /** Number of pages on the list when the pass began, counted by walking it. */
  listed: constant(int()),
  taken: structure<Taken[]>({
    ...OF_A_FRAME,
    begins: [],
    print: by_hand('how many; and with each page, whether a paused pass has taken it (fingerprint.ts)'),
  }),
  /** It stopped because the list was empty, or the list was empty when the pass left it. */
  ran_dry: bit({ print: left_out('computed again before each page that the pass takes') }),
};
export interface ListPass extends State<typeof LIST_PASS> {}

/** One run of kvm_recover_nx_huge_pages(). */
export const PASS = {
  /** A `recover` command asked for it, not the clock. */
  direct: constant(bit()),
  /** The ratio that it was asked to use. */
  asked: constant(int()),
  lists: structure<ListPass[]>({
    ...OF_A_FRAME,
    begins: [],
    print: by_hand('how many; the last is that of the frame'),
  }),
  /** Number of leaves that it zapped. */
  leaves: int({
    print: left_out('not read for an interrupted pass, and every pass that continues after a pause is one'),
  }),
  /** Remote TLB flushes and zapped SPTEs of this pass, and the zapped SPTEs that no flush has followed yet. */
  flushes: int(),
  zaps: int(),
  unflushed: structure<Unflushed[]>({ ...OF_A_FRAME, begins: [], print: by_hand('how many (fingerprint.ts)') }),
  /** Other operations ran during this pass, or this pass ran during a paused operation. */
  interrupted: bit({ begins: GIVEN, print: left_out('set when the thread continues, whatever it was') }),
};
export interface PassRecord extends State<typeof PASS> {}

/** What an operation holds, and what it must still flush. For the running operation, this outlives the command. */
export const HELD = {
  /** Locks and read sections, as bits (lock.ts). */
  held: int({ bits: 6 }),
  /** It has removed rights from an SPTE and has not flushed since, so a TLB may hold a stale entry because of it. */
  tlb_suspect: bit(),
};

/**
 * The frame: everything that an operation remembers from one yield to the next. Where it may be paused, it must not
 * rely on local variables.
 */
export const FRAME = {
  thread: choice<Thread>(THREADS, { begins: 'memslots' }),
  /** The vCPU whose thread it is; only for threads of kind `vcpu`. */
  vcpu: int({ print: by_hand("a vCPU's operation: by its number after a permutation (fingerprint.ts)") }),
  /** The command as in the program; null between commands. */
  command: link<Command | null>({
    ...OF_A_FRAME,
    begins: null,
    print: by_hand('for all but vCPUs, whose fault says it'),
  }),
  task: link<Task | null>({
    ...OF_A_FRAME,
    begins: null,
    print: left_out('a function: `at`, the locals and the command identify it'),
  }),
  /**
   * The lock that it waits for while another operation runs to release it (SRCU: it waits for the readers); otherwise
   * 0.
   */
  waits_for: int({ print: left_out('no thread waits between two commands') }),
  /** The pass that it runs. */
  pass: link<PassRecord | null>({ ...OF_A_FRAME, begins: null, print: by_hand('what PASS says') }),

  at: choice<YieldPoint | null>([null, ...YIELD_POINTS], { anew: 'command' }),
  fault: link<Fault | null>({ ...OF_A_FRAME, begins: null, anew: 'command', print: by_hand('what FAULT says') }),
  faults: int({ anew: 'command' }),
  /** The page that it works on, and the level of the SPTE that points to the page. */
  sp: link<kvm_mmu_page | null>({
    ...OF_A_FRAME,
    begins: null,
    anew: 'command',
    print: by_hand('as its kind and place'),
  }),
  level: int({ bits: 2, anew: 'command' }),
  list: link<ListPass | null>({ ...OF_A_FRAME, begins: null, anew: 'command', print: by_hand('what LIST_PASS says') }),
  left: wide_amount({ anew: 'command' }),
  flush: bit({ anew: 'command' }),
  /** It has zapped something since its last flush. The kernel has no such field: claims read it. */
  zapped: bit({ anew: 'command' }),
  /**
   * The gfns [start, end) for which faults are tried again until this operation has set a page's attributes; [0, 0) if there are none.
   * The kernel has them for each VM.
   */
  mmu_invalidate_range_start: int({
    begins: 0,
    anew: 'command',
    print: left_out('follows from the page, the slots and the attributes, which stay while slots_lock is held'),
  }),
  mmu_invalidate_range_end: int({
    begins: 0,
    anew: 'command',
    print: by_hand("whether there are any, at the command's page"),
  }),
  invalid_list: link<kvm_mmu_page[]>({ ...OF_A_FRAME, begins: [], anew: 'command', print: by_hand('how many') }),
  /**
   * For a toggle of nx_huge_pages: pages with a lower id are older than the toggle. The kernel has no such field:
   * claims read it.
   */
  older_than: int({ anew: 'command', print: by_hand('with each page, whether it was there') }),
};

/** A command that has begun: its frame, and what it holds. */
export interface Operation extends State<typeof HELD>, State<typeof FRAME> {}
