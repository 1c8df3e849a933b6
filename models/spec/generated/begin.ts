/** Made by `npm run layouts` from the tables of state (docs/state.md): not to be changed by hand. */
import type { Reference, Slot, Table } from '../state';

export function begin_reference(given: Pick<Reference, 'contract' | 'world' | 'flags' | 'flag_bytes' | 'views'>, vm: Pick<Reference, 'slots' | 'gpte_clean' | 'are_private' | 'exempt' | 'slot_zap_all' | 'dirty_log_mode' | 'worker' | 'last_pass' | 'root_holders'>): Reference {
  return {
    contract: given.contract,
    world: given.world,
    tables: [],
    tables_ever: 0,
    splits_ever: 0,
    flags: given.flags,
    flag_bytes: given.flag_bytes,
    views: given.views,
    slots: vm.slots,
    gpte_clean: vm.gpte_clean,
    are_private: vm.are_private,
    remapped: { shadow: 0, shadow2: 0 },
    standing: { shadow: 0, shadow2: 0 },
    nx: true,
    exempt: vm.exempt,
    slot_zap_all: vm.slot_zap_all,
    dirty_log_mode: vm.dirty_log_mode,
    other: null,
    never: false,
    ratio: 60,
    period_ms: 0,
    now: 0,
    worker: vm.worker,
    killed: false,
    last_pass: vm.last_pass,
    root_holders: vm.root_holders,
    mmu_pages: 1024,
    written: { shadow: -1, shadow2: -1 },
    access_level: 0,
    access_faulted: false,
    slot_gone: null,
    pass_due: false,
    errno: null,
    prefault: null,
  };
}

export function begin_reference_slot(given: Pick<Slot, 'as' | 'region' | 'backing' | 'broken'>): Slot {
  return {
    as: given.as,
    region: given.region,
    backing: given.backing,
    dirty_log: false,
    broken: given.broken,
  };
}

export function begin_table(given: Pick<Table, 'mmu' | 'level' | 'region' | 'small' | 'guarded'>): Table {
  return {
    mmu: given.mmu,
    level: given.level,
    region: given.region,
    built: "plain",
    since: 0,
    linked: true,
    linked_2m: false,
    small: given.small,
    guarded: given.guarded,
  };
}

export function renew_reference(to: Reference, vm: Pick<Reference, 'slots' | 'gpte_clean' | 'are_private' | 'exempt' | 'slot_zap_all' | 'dirty_log_mode' | 'worker' | 'last_pass' | 'root_holders'>): void {
  for (let i = 0; i < to.slots.length; i++) to.slots[i] = vm.slots[i] as (typeof to.slots)[number];
  to.gpte_clean.shadow = vm.gpte_clean.shadow;
  to.gpte_clean.shadow2 = vm.gpte_clean.shadow2;
  to.are_private = vm.are_private;
  to.remapped.shadow = 0;
  to.remapped.shadow2 = 0;
  to.standing.shadow = 0;
  to.standing.shadow2 = 0;
  to.exempt = vm.exempt;
  to.slot_zap_all = vm.slot_zap_all;
  to.dirty_log_mode = vm.dirty_log_mode;
  to.worker = vm.worker;
  to.killed = false;
  to.last_pass = vm.last_pass;
  to.root_holders = vm.root_holders;
  to.mmu_pages = 1024;
  to.written.shadow = -1;
  to.written.shadow2 = -1;
}

export function renew_reference_for_command(to: Reference): void {
  to.access_level = 0;
  to.access_faulted = false;
  to.slot_gone = null;
  to.pass_due = false;
  to.errno = null;
  to.prefault = null;
}

export function share_reference(from: Reference, to: Reference): void {
  to.nx = from.nx;
  to.never = from.never;
  to.ratio = from.ratio;
  to.period_ms = from.period_ms;
  to.now = from.now;
}
