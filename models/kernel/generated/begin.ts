/** Made by `npm run layouts` from the tables of state (docs/state.md): not to be changed by hand. */
import type { Kvm, kvm_memory_slot, kvm_mmu_page, ListPass, NxList, Operation, Params, PassRecord, StepRecord, Worker } from '../types';

export function begin_kvm(given: Pick<Kvm, 'world' | 'ops' | 'tdp_mmu_enabled' | 'root_entries' | 'now' | 'params' | 'clean' | 'lists' | 'books'>, vm: Pick<Kvm, 'worker' | 'disable_nx_huge_pages' | 'slot_zap_all' | 'dirty_log_mode' | 'root_holders' | 'gpte_clean' | 'mem_attr_array' | 'memslots'>): Kvm {
  return {
    world: given.world,
    ops: given.ops,
    tdp_mmu_enabled: given.tdp_mmu_enabled,
    root_entries: given.root_entries,
    next_id: 1,
    now: given.now,
    tlb: [],
    worker: vm.worker,
    signal_pending: false,
    params: given.params,
    mmu_valid_gen: 0,
    running: begin_operation(),
    paused: [],
    waiting: [],
    rcu_frees: [],
    to_be_freed: 0,
    disable_nx_huge_pages: vm.disable_nx_huge_pages,
    slot_zap_all: vm.slot_zap_all,
    dirty_log_mode: vm.dirty_log_mode,
    n_max_mmu_pages: 1024,
    n_used_mmu_pages: 0,
    tdp_mmu_pages: 0,
    root_holders: vm.root_holders,
    vcpus_in_l2: 0,
    loaded_roots: 0,
    obsolete_roots: 0,
    mmu_invalidate_seq: 0,
    stat: { nx_lpage_splits: 0, pages: [0,0,0], remote_tlb_flush_requests: 0 },
    gpte_clean: vm.gpte_clean,
    remapped: { shadow: 0, shadow2: 0 },
    mem_attr_array: vm.mem_attr_array,
    clean: given.clean,
    sps: [],
    memslots: vm.memslots,
    lists: given.lists,
    books: given.books,
    roots: { tdp: null, shadow: null, smm: null, shadow2: null },
    other: null,
    fuel: 2000000,
    record: begin_step_record(),
  };
}

export function begin_slot(given: Pick<kvm_memory_slot, 'id' | 'as_id' | 'base_gfn' | 'npages' | 'backing' | 'broken'>): kvm_memory_slot {
  return {
    id: given.id,
    as_id: given.as_id,
    base_gfn: given.base_gfn,
    npages: given.npages,
    backing: given.backing,
    dirty_log: false,
    invalid_gfn: -1,
    broken: given.broken,
  };
}

export function begin_list(given: Pick<NxList, 'name' | 'pages'>): NxList {
  return {
    name: given.name,
    pages: given.pages,
    nr_pages: 0,
  };
}

export function begin_sp(given: Pick<kvm_mmu_page, 'id' | 'role' | 'age' | 'tdp_mmu_page' | 'is_root' | 'gfn' | 'spt' | 'child' | 'possible_nx_huge_page_link' | 'mmu_valid_gen'>): kvm_mmu_page {
  return {
    id: given.id,
    role: given.role,
    age: given.age,
    tdp_mmu_page: given.tdp_mmu_page,
    is_root: given.is_root,
    gfn: given.gfn,
    spt: given.spt,
    child: given.child,
    parent_ptes: [],
    possible_nx_huge_page_link: given.possible_nx_huge_page_link,
    nx_huge_page_disallowed: false,
    built: "plain",
    write_flooding_count: 0,
    shadowed_translation: 0,
    mmu_valid_gen: given.mmu_valid_gen,
    freed: false,
  };
}

export function begin_worker(vm: Pick<Worker, 'last'>): Worker {
  return {
    alive: false,
    once_done: false,
    killed: false,
    last: vm.last,
    sleeps_until: Number.POSITIVE_INFINITY,
  };
}

export function begin_params(): Params {
  return {
    nx_huge_pages: true,
    recovery_ratio: 60,
    recovery_period_ms: 0,
    nx_hugepage_mitigation_hard_disabled: false,
    kvm_total_used_mmu_pages: 0,
  };
}

export function begin_step_record(): StepRecord {
  return {
    passes: [],
    clock_passes: [],
    strays: [],
    findings: [],
    accountings: [],
    mapped_level: 0,
    faults: 0,
    yields: 0,
    reclaimed: [],
    rooms: [],
    toggled_before: 0,
    logging_began: null,
    log_cleared: null,
    lost_with_roots: 0,
    ended: [],
    errno: null,
    prefault: null,
  };
}

export function begin_operation(): Operation {
  return {
    thread: "memslots",
    vcpu: 0,
    command: null,
    task: null,
    waits_for: 0,
    pass: null,
    at: null,
    fault: null,
    faults: 0,
    sp: null,
    level: 0,
    list: null,
    left: 0,
    flush: false,
    zapped: false,
    mmu_invalidate_range_start: 0,
    mmu_invalidate_range_end: 0,
    invalid_list: [],
    older_than: 0,
    held: 0,
    tlb_suspect: false,
  };
}

export function begin_list_pass(given: Pick<ListPass, 'list' | 'book' | 'ratio' | 'to_zap' | 'listed'>): ListPass {
  return {
    list: given.list,
    book: given.book,
    ratio: given.ratio,
    to_zap: given.to_zap,
    listed: given.listed,
    taken: [],
    ran_dry: false,
  };
}

export function begin_pass_record(given: Pick<PassRecord, 'direct' | 'asked' | 'interrupted'>): PassRecord {
  return {
    direct: given.direct,
    asked: given.asked,
    lists: [],
    leaves: 0,
    flushes: 0,
    zaps: 0,
    unflushed: [],
    interrupted: given.interrupted,
  };
}

export function renew_kvm_for_vm(to: Kvm, vm: Pick<Kvm, 'worker' | 'disable_nx_huge_pages' | 'slot_zap_all' | 'dirty_log_mode' | 'root_holders' | 'gpte_clean' | 'mem_attr_array' | 'memslots'>): void {
  to.worker.alive = false;
  to.worker.once_done = false;
  to.worker.killed = false;
  to.worker.last = vm.worker.last;
  to.worker.sleeps_until = Number.POSITIVE_INFINITY;
  to.disable_nx_huge_pages = vm.disable_nx_huge_pages;
  to.slot_zap_all = vm.slot_zap_all;
  to.dirty_log_mode = vm.dirty_log_mode;
  to.n_max_mmu_pages = 1024;
  to.n_used_mmu_pages = 0;
  to.tdp_mmu_pages = 0;
  to.root_holders = vm.root_holders;
  to.vcpus_in_l2 = 0;
  to.loaded_roots = 0;
  to.obsolete_roots = 0;
  to.mmu_invalidate_seq = 0;
  to.gpte_clean.shadow = vm.gpte_clean.shadow;
  to.gpte_clean.shadow2 = vm.gpte_clean.shadow2;
  to.remapped.shadow = 0;
  to.remapped.shadow2 = 0;
  to.mem_attr_array = vm.mem_attr_array;
  for (let i = 0; i < to.memslots.length; i++) to.memslots[i] = vm.memslots[i] as (typeof to.memslots)[number];
}

export function renew_kvm_for_command(to: Kvm): void {
  to.fuel = 2000000;
  renew_step_record(to.record);
}

export function renew_step_record(to: StepRecord): void {
  if (to.passes.length > 0) to.passes = [];
  if (to.clock_passes.length > 0) to.clock_passes = [];
  if (to.strays.length > 0) to.strays = [];
  if (to.findings.length > 0) to.findings = [];
  if (to.accountings.length > 0) to.accountings = [];
  to.mapped_level = 0;
  to.faults = 0;
  to.yields = 0;
  if (to.reclaimed.length > 0) to.reclaimed = [];
  if (to.rooms.length > 0) to.rooms = [];
  to.toggled_before = 0;
  to.logging_began = null;
  to.log_cleared = null;
  to.lost_with_roots = 0;
  if (to.ended.length > 0) to.ended = [];
  to.errno = null;
  to.prefault = null;
}

export function renew_operation(to: Operation): void {
  to.at = null;
  to.fault = null;
  to.faults = 0;
  to.sp = null;
  to.level = 0;
  to.list = null;
  to.left = 0;
  to.flush = false;
  to.zapped = false;
  to.mmu_invalidate_range_start = 0;
  to.mmu_invalidate_range_end = 0;
  if (to.invalid_list.length > 0) to.invalid_list = [];
  to.older_than = 0;
}
