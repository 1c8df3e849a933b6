/** Made by `npm run layouts` from the tables of state (docs/state.md): not to be changed by hand. */
import type { Reference, Slot, Table } from '../../spec/state';
import { put, put_any } from '../hash';
import { same_items } from '../../world/repeat';

export function copy_reference(from: Reference, to: Reference): void {
  to.tables_ever = from.tables_ever;
  to.splits_ever = from.splits_ever;
  for (let i = 0; i < from.slots.length; i++) copy_reference_slot(from.slots[i] as Slot, to.slots[i] as Slot);
  if (to.gpte_clean.shadow !== from.gpte_clean.shadow) to.gpte_clean.shadow = from.gpte_clean.shadow;
  if (to.gpte_clean.shadow2 !== from.gpte_clean.shadow2) to.gpte_clean.shadow2 = from.gpte_clean.shadow2;
  if (to.are_private !== from.are_private) to.are_private = from.are_private;
  to.remapped.shadow = from.remapped.shadow;
  to.remapped.shadow2 = from.remapped.shadow2;
  to.standing.shadow = from.standing.shadow;
  to.standing.shadow2 = from.standing.shadow2;
  to.nx = from.nx;
  to.exempt = from.exempt;
  to.slot_zap_all = from.slot_zap_all;
  to.dirty_log_mode = from.dirty_log_mode;
  to.never = from.never;
  to.ratio = from.ratio;
  to.period_ms = from.period_ms;
  to.now = from.now;
  to.worker = from.worker;
  to.killed = from.killed;
  to.last_pass = from.last_pass;
  to.root_holders = from.root_holders;
  to.mmu_pages = from.mmu_pages;
  to.written.shadow = from.written.shadow;
  to.written.shadow2 = from.written.shadow2;
}

export function same_reference(one: Reference, other: Reference): boolean {
  if (one.tables_ever !== other.tables_ever) return false;
  if (one.splits_ever !== other.splits_ever) return false;
  for (let i = 0; i < one.slots.length; i++) if (!same_reference_slot(one.slots[i] as Slot, other.slots[i] as Slot)) return false;
  if (!same_items(one.gpte_clean.shadow, other.gpte_clean.shadow)) return false;
  if (!same_items(one.gpte_clean.shadow2, other.gpte_clean.shadow2)) return false;
  if (!same_items(one.are_private, other.are_private)) return false;
  if (one.remapped.shadow !== other.remapped.shadow) return false;
  if (one.remapped.shadow2 !== other.remapped.shadow2) return false;
  if (one.standing.shadow !== other.standing.shadow) return false;
  if (one.standing.shadow2 !== other.standing.shadow2) return false;
  if (one.nx !== other.nx) return false;
  if (one.exempt !== other.exempt) return false;
  if (one.slot_zap_all !== other.slot_zap_all) return false;
  if (one.dirty_log_mode !== other.dirty_log_mode) return false;
  if (one.never !== other.never) return false;
  if (one.ratio !== other.ratio) return false;
  if (one.period_ms !== other.period_ms) return false;
  if (one.now !== other.now) return false;
  if (one.worker !== other.worker) return false;
  if (one.killed !== other.killed) return false;
  if (one.last_pass !== other.last_pass) return false;
  if (one.root_holders !== other.root_holders) return false;
  if (one.mmu_pages !== other.mmu_pages) return false;
  if (one.written.shadow !== other.written.shadow) return false;
  if (one.written.shadow2 !== other.written.shadow2) return false;
  return true;
}

export function put_reference(of: Reference): void {
  put(Number(of.nx) | (Number(of.exempt) << 1) | (Number(of.slot_zap_all) << 2) | ((of.dirty_log_mode === "plain" ? 0 : of.dirty_log_mode === "manual" ? 1 : 2) << 3) | (Number(of.never) << 5) | (Number(of.worker) << 6) | (Number(of.killed) << 7));
  put(of.remapped.shadow);
  put(of.remapped.shadow2);
  put(of.standing.shadow);
  put(of.standing.shadow2);
  put_any(of.ratio);
  put_any(of.period_ms);
  put_any(of.last_pass - of.now);
  put(of.mmu_pages);
  put(of.written.shadow);
  put(of.written.shadow2);
}

export function copy_reference_slot(from: Slot, to: Slot): void {
  to.region = from.region;
  to.backing = from.backing;
  to.dirty_log = from.dirty_log;
  if (to.broken !== from.broken) to.broken = from.broken;
}

export function same_reference_slot(one: Slot, other: Slot): boolean {
  if (one.region !== other.region) return false;
  if (one.backing !== other.backing) return false;
  if (one.dirty_log !== other.dirty_log) return false;
  if (!same_items(one.broken, other.broken)) return false;
  return true;
}

export function put_reference_slot(of: Slot): void {
  put((of.backing === "4k" ? 0 : of.backing === "2m" ? 1 : 2) | (Number(of.dirty_log) << 2));
  put(of.region ?? -1);
}

export function copy_table(from: Table, to: Table): void {
  to.mmu = from.mmu;
  to.level = from.level;
  to.region = from.region;
  to.built = from.built;
  to.since = from.since;
  to.linked = from.linked;
  to.linked_2m = from.linked_2m;
  if (to.small !== from.small) to.small = from.small;
  if (to.guarded !== from.guarded) to.guarded = from.guarded;
}

export function same_table(one: Table, other: Table): boolean {
  if (one.mmu !== other.mmu) return false;
  if (one.level !== other.level) return false;
  if (one.region !== other.region) return false;
  if (one.built !== other.built) return false;
  if (one.since !== other.since) return false;
  if (one.linked !== other.linked) return false;
  if (one.linked_2m !== other.linked_2m) return false;
  if (!same_items(one.small, other.small)) return false;
  if (!same_items(one.guarded, other.guarded)) return false;
  return true;
}

export function put_table(of: Table): void {
  put((of.mmu === "tdp" ? 0 : of.mmu === "shadow" ? 1 : of.mmu === "smm" ? 2 : of.mmu === "shadow2" ? 3 : of.mmu === "shadow_clean" ? 4 : of.mmu === "shadow2_clean" ? 5 : of.mmu === "shadow_2m" ? 6 : 7) | ((of.built === "plain" ? 0 : of.built === "exec" ? 1 : 2) << 3) | (Number(of.linked) << 5) | (Number(of.linked_2m) << 6));
}
