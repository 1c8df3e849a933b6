/**
 * A virtual machine and its host: the whole state of the implementation. Models struct kvm, struct kvm_arch and the
 * parameters of mmu.c (arch/x86/kvm/mmu/), 5.5 to 7.3.
 */
import {
  amount,
  bit,
  by_hand,
  choice,
  constant,
  fixed,
  flags,
  GIVEN,
  int,
  left_out,
  link,
  moment,
  numbers,
  record,
  replaceable,
  rows,
  type State,
  scratch,
  structure,
  tuple,
} from '../layout/layout';
import {
  type AddressSpace,
  BACKINGS,
  type Backing,
  DEFAULT_MMU_PAGES,
  DIRTY_LOG_MODES,
  type DirtyLogMode,
  MMUS,
  type Mmu,
  type World,
} from '../world/world';
import { FUEL } from './fault';
import { HELD, type Operation, type PassRecord } from './operation';
import type { KernelOps } from './ops';
import { type kvm_mmu_page, LIST, type NxList } from './page';
import type { Accounting, ClockPass, Errno, Finding, Place, Prefault, Room, Stray, VmEnd } from './types';

export const SLOT = {
  id: fixed<number>("the world's"),
  as_id: fixed<AddressSpace>("the world's"),
  /** First gfn; -1 while the slot does not exist. */
  base_gfn: int({ begins: GIVEN }),
  npages: fixed<number>("the world's"),
  backing: choice<Backing>(BACKINGS, { begins: GIVEN }),
  dirty_log: bit(),
  /**
   * KVM_MEMSLOT_INVALID: its gfn while the slot is on its way out, and look-ups still find it; else -1. Kept only where prefaults ask: other
   * faults are tried again until it is gone, which is the same as to find no slot.
   */
  invalid_gfn: int({ begins: -1, print: by_hand('where a slot is on its way out (fingerprint.ts)') }),
  /** For each region of the slot: the host has broken its huge page into 4K pages. */
  broken: flags({ print: by_hand('with the region (places.ts)') }),
};
export interface kvm_memory_slot extends State<typeof SLOT> {}

/** TLB entries are replaced, never changed, because copies share them. */
export const TLB_ENTRY = {
  vcpu: constant(int({ print: by_hand('by its number after a permutation (fingerprint.ts)') })),
  mmu: constant(choice<Mmu>(MMUS)),
  /** First gfn, and number of 4K pages. */
  gfn: constant(int({ print: by_hand('as the place of the leaf (fingerprint.ts)') })),
  size: fixed<number>('follows from the level'),
  level: constant(int({ bits: 3 })),
  access: constant(int({ bits: 4 })),
};
export interface TlbEntry extends State<typeof TLB_ENTRY> {}

/** The VM's recovery worker (`nx_huge_page_recovery_thread`). */
export const WORKER = {
  /** The worker exists: since the VM's creation or, from 6.14, since its first KVM_RUN. */
  alive: bit({ anew: 'vm' }),
  /** `nx_once` is done: the worker must not be created again. */
  once_done: bit({ anew: 'vm' }),
  /** A fatal signal ended the worker (VHOST_TASK_FLAGS_KILLED): the VM gets no other worker while it lives. */
  killed: bit({ anew: 'vm' }),
  /** The time of its last pass, and the time until which it sleeps unless it is woken. */
  last: moment('now', { anew: 'vm', begins: GIVEN }),
  sleeps_until: moment('now', { anew: 'vm', begins: Number.POSITIVE_INFINITY }),
};
export interface Worker extends State<typeof WORKER> {}

/** The module's own: its parameters, and a sum over all VMs. Periods are in milliseconds. */
export const PARAMS = {
  nx_huge_pages: bit({ begins: true }),
  recovery_ratio: amount({ begins: 60 }),
  recovery_period_ms: amount(),
  /** `never` was written while there was no VM: no parameter can be written any more. */
  nx_hugepage_mitigation_hard_disabled: bit(),
  /** No parameter, but the module's, too: `kvm_total_used_mmu_pages`, the pages of all VMs' shadow MMUs, up to 6.12. */
  kvm_total_used_mmu_pages: amount(),
};
export interface Params extends State<typeof PARAMS> {}

export const STAT = {
  nx_lpage_splits: amount(),
  pages: tuple(),
  remote_tlb_flush_requests: int({
    equal: left_out('only reports read it: a command that did nothing but flush has changed nothing'),
    print: left_out('only reports read it'),
  }),
};

/** What happened during the current command. It is emptied when the next command begins. */
export const STEP_RECORD = {
  passes: scratch<PassRecord[]>([]),
  /** Passes by the clock that began: when, and how many milliseconds after the last pass. */
  clock_passes: scratch<ClockPass[]>([]),
  /** What passes zapped without having taken it. */
  strays: scratch<Stray[]>([]),
  findings: scratch<Finding[]>([]),
  accountings: scratch<Accounting[]>([]),
  /** The level at which this command's guest access was mapped. 0: outside all slots, or no access. */
  mapped_level: scratch<number>(0),
  faults: scratch<number>(0),
  /** The number of places where the command could have been paused. */
  yields: scratch<number>(0),
  /**
   * Shadow pages zapped by reclaim or by write flooding. A root (level 3) stands for all that its guest has mapped
   * through it.
   */
  reclaimed: scratch<Place[]>([]),
  /** Each time that room was made for shadow pages, by reclaim among others. */
  rooms: scratch<Room[]>([]),
  /**
   * If nx_huge_pages was toggled and the toggle is complete: pages with a lower id are older than the toggle. Otherwise
   * 0.
   */
  toggled_before: scratch<number>(0),
  /** The slot for which this command started dirty logging. */
  logging_began: scratch<kvm_memory_slot | null>(null),
  /** The 4K pages [start, end) of a dirty-logged slot whose dirty bits this command cleared. */
  log_cleared: scratch<{ readonly slot: kvm_memory_slot; readonly start: number; readonly end: number } | null>(null),
  /** The tables that went because a vCPU let go of its roots. */
  lost_with_roots: scratch<number>(0),
  /** The VMs that ended, and what was left of each. */
  ended: scratch<VmEnd[]>([]),
  /** The result of a write to a parameter; null if nothing was written. */
  errno: scratch<Errno | null>(null),
  /** The prefault that ended, if one did. */
  prefault: scratch<Prefault | null>(null),
};
export interface StepRecord extends State<typeof STEP_RECORD> {}

/** For each mode of access, its root. */
const ROOT = {
  begins: null,
  copy: by_hand('the clone (copy.ts)'),
  equal: by_hand('a page of the same id (same.ts)'),
  print: by_hand('with the page, whose root it is (fingerprint.ts)'),
} as const;
export const ROOTS = {
  tdp: link<kvm_mmu_page | null>(ROOT),
  shadow: link<kvm_mmu_page | null>(ROOT),
  smm: link<kvm_mmu_page | null>(ROOT),
  shadow2: link<kvm_mmu_page | null>(ROOT),
};

export const GPTE_CLEAN = {
  shadow: flags({ anew: 'vm', print: by_hand('with the 1G page (fingerprint.ts)') }),
  shadow2: flags({ anew: 'vm', print: by_hand('with the 1G page (fingerprint.ts)') }),
};

export const REMAPPED = { shadow: int({ anew: 'vm' }), shadow2: int({ anew: 'vm' }) };

const NOT_PAUSED = 'only machines with nothing paused are copied';
const OF_PAUSED = { begins: [], copy: left_out(NOT_PAUSED), equal: left_out(NOT_PAUSED) };

/** A virtual machine and its host, including another VM. The fields that change most often come first. */
export const KVM = {
  world: fixed<World>('the same object in all machines that are compared'),
  ops: fixed<KernelOps>('the same object in all machines that are compared'),
  /** The world's `kvm.tdp_mmu`, in baselines that have a TDP MMU. */
  tdp_mmu_enabled: fixed<boolean>("the world's and the baseline's"),
  /** Number of entries of a root table. */
  root_entries: fixed<number>("the world's"),
  next_id: int({ begins: 1, print: left_out('ids are names') }),
  /** Symbolic time, in milliseconds. */
  now: amount({ anew: 'host', begins: GIVEN, print: by_hand('moments are printed as distances from it') }),
  tlb: link<TlbEntry[]>({
    begins: [],
    copy: by_hand('its entries go to an array of their own (copy.ts)'),
    equal: by_hand('compared separately: same_tlbs()'),
    print: by_hand('only where TLBs are part of the state (fingerprint.ts)'),
  }),
  worker: record<Worker>(WORKER, { anew: 'vm' }),
  /** A signal is pending: the next KVM_RUN of userspace returns at once. */
  signal_pending: bit(),
  /** Module parameters. All VMs share them, and they outlive each VM. */
  params: record<Params>(PARAMS, { anew: 'host' }),
  /** A single bit from 5.5 on; kvm_mmu_zap_all_fast() flips it. */
  mmu_valid_gen: int({ print: by_hand("with each page, whether it is the page's (fingerprint.ts)") }),
  /** The operation that runs. Between two commands: what the last one still holds, without a frame. */
  running: replaceable<Operation>(HELD),
  /** The paused operations, oldest first. */
  paused: structure<Operation[]>({ ...OF_PAUSED, print: by_hand('each by what FRAME says (fingerprint.ts)') }),
  /** Operations that wait for another one to finish, which runs in the meantime. The first began to wait first. */
  waiting: structure<Operation[]>({ ...OF_PAUSED, print: left_out('no thread waits between two commands') }),
  /** Freed by the TDP MMU, and waiting for an RCU grace period. */
  rcu_frees: link<kvm_mmu_page[]>({
    ...OF_PAUSED,
    print: left_out(
      'empty unless an RCU reader is paused; these pages are linked nowhere and are freed when the reader continues',
    ),
  }),
  /** Number of pages that have left `sps` and are not freed yet. 0 between two commands, unless one is paused. */
  to_be_freed: int({
    equal: left_out('0 between two commands (check_leaks())'),
    print: left_out('0, or the pages that paused threads hold: those that wait for RCU, and invalid lists'),
  }),
  /** `arch.disable_nx_huge_pages`: this VM is exempt from the mitigation. */
  disable_nx_huge_pages: bit({ anew: 'vm', begins: GIVEN }),
  /** KVM_X86_QUIRK_SLOT_ZAP_ALL: with a slot all goes that this VM has mapped, and not the slot's leaves alone. */
  slot_zap_all: bit({ anew: 'vm', begins: GIVEN }),
  /** `manual_dirty_log_protect`: KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, and its flags. */
  dirty_log_mode: choice<DirtyLogMode>(DIRTY_LOG_MODES, { anew: 'vm', begins: GIVEN }),
  /** Shadow pages that the shadow MMU may have before it zaps its oldest (`arch.n_max_mmu_pages`). */
  n_max_mmu_pages: int({ anew: 'vm', begins: DEFAULT_MMU_PAGES }),
  /** The shadow MMU's pages (`arch.n_used_mmu_pages`), counted one by one. Without roots, which reclaim never zaps. */
  n_used_mmu_pages: amount({ anew: 'vm' }),
  /** The TDP MMU's pages without roots (`arch.tdp_mmu_pages`), from 6.3 a counter. Before, there is only a list. */
  tdp_mmu_pages: amount({ anew: 'vm' }),
  /**
   * The vCPUs that have loaded L1's roots, as bits: every vCPU that has run since the roots are there. Kept only where a root
   * goes with the last of them (5.10 to 6.3), and for both address spaces together.
   */
  root_holders: int({ anew: 'vm', begins: GIVEN, print: by_hand('each by the number of its vCPU (fingerprint.ts)') }),
  /**
   * The vCPUs that are in their nested guests (is_guest_mode()), as bits. Kept only where a vCPU is destroyed after what the VM
   * consists of: nothing else depends on it.
   */
  vcpus_in_l2: int({ anew: 'vm', print: by_hand('each by the number of its vCPU (fingerprint.ts)') }),
  /**
   * The vCPUs that have loaded L1's roots, and those whose roots are obsolete since (kvm_mmu_zap_all_fast()) and which have not run
   * since, as bits. Kept only where a prefault goes on with such a root.
   */
  loaded_roots: int({ anew: 'vm', print: by_hand('each by the number of its vCPU (fingerprint.ts)') }),
  obsolete_roots: int({ anew: 'vm', print: by_hand('each by the number of its vCPU (fingerprint.ts)') }),
  /**
   * `mmu_invalidate_seq`: how often the host has taken memory back, modulo 8. Kept only where a fault compares it with an int of
   * as many bits: nothing else depends on it, as no fault is ever interrupted before it takes mmu_lock.
   */
  mmu_invalidate_seq: int({ anew: 'vm', bits: 3 }),
  stat: record<State<typeof STAT>>(STAT),
  /** L1's own tables for its nested guests: the 1G entries whose dirty bit is clear. */
  gpte_clean: record<State<typeof GPTE_CLEAN>>(GPTE_CLEAN, { anew: 'vm' }),
  /** The 1G pages to which these entries point, and whether by a page directory, by nested guest (entries.ts). What is mapped may still be what they pointed to before. */
  remapped: record<State<typeof REMAPPED>>(REMAPPED, { anew: 'vm' }),
  /** The gfns that are private, in ascending order. They belong to the VM, and outlive slots. */
  mem_attr_array: numbers({ anew: 'vm', print: by_hand('with the 4K page (fingerprint.ts)') }),
  clean: fixed<State<typeof GPTE_CLEAN>>('an alias: the first name of `gpte_clean`'),
  /** All allocated shadow pages, oldest first. */
  sps: structure<kvm_mmu_page[]>({
    begins: [],
    copy: by_hand('clones (copy.ts)'),
    equal: by_hand('the same length, and each entry equal (same.ts)'),
    print: by_hand('by their places (fingerprint.ts)'),
  }),
  memslots: rows<kvm_memory_slot>(SLOT, { anew: 'vm' }),
  lists: rows<NxList>(LIST),
  books: fixed<NxList[]>('an alias: the first name of `lists`'),
  roots: record<Record<Mmu, kvm_mmu_page | null>>(ROOTS),
  /** Another VM on this host, if there is one. Its own `other` is null. Its operations are never paused. */
  other: link<Kvm | null>({
    begins: null,
    copy: by_hand('a machine of its own (session_copy.ts)'),
    equal: by_hand('as this one (session_copy.ts)'),
    print: by_hand('its own fingerprint (fingerprint.ts)'),
  }),
  /** Steps left for the current command. A command that uses them up counts as hung. */
  fuel: scratch<number>(FUEL),
  record: record<StepRecord>(STEP_RECORD, { anew: 'command' }),
};
export interface Kvm extends State<typeof KVM> {}
