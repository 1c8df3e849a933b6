/** The specification, continued: parameters, the time of passes, the worker, and VMs that come and go. */
import { AS_USUAL, beside, type OfAVm } from '../world/world';
import { access } from './access';
import { renew_reference } from './generated/begin';
import { new_reference, of_a_vm, type Reference } from './reference';
import { load_roots } from './roots';
import { zap_all } from './tables';

/** PERIOD: milliseconds from one pass to the next; null while recovery is off. */
export function period(ref: Reference): number | null {
  if (!ref.nx || ref.ratio === 0) return null;
  if (!ref.contract.period_follows_ratio) return 60_000;
  return ref.period_ms || Math.floor(3_600_000 / Math.min(ref.ratio, 3600));
}

/** When the next pass is due; never while recovery is off or there is no worker. */
export function next_pass_due(ref: Reference): number {
  return ref.last_pass + ((ref.worker ? period(ref) : null) ?? Number.POSITIVE_INFINITY);
}

/** The same for all VMs: the earliest. */
export const next_pass_of_all = (ref: Reference): number =>
  ref.other ? Math.min(next_pass_due(ref), next_pass_due(ref.other)) : next_pass_due(ref);

/** A pass that is due happens at once: when the time comes, and when a parameter changes. */
export function settle(ref: Reference): void {
  if (ref.other !== null) settle(ref.other);
  ref.pass_due = next_pass_due(ref) <= ref.now;
  if (ref.pass_due) ref.last_pass = ref.now;
}

/** Lets time pass until this moment (ms), for all VMs. Passes that become due are settled after the command. */
export function wait_until(ref: Reference, moment: number): void {
  if (!Number.isFinite(moment)) return;
  ref.now = Math.max(ref.now, moment);
  if (ref.other) ref.other.now = ref.now;
}

/** PARAM: a write fails with EPERM once the mitigation is off for good. */
function may_write(ref: Reference): boolean {
  ref.errno = ref.never ? 'EPERM' : '0';
  return !ref.never;
}

/** A write to nx_huge_pages_recovery_ratio, for all VMs; refused once the mitigation is off for good. */
export function set_recovery_ratio(ref: Reference, ratio: number): void {
  if (!may_write(ref)) return;
  ref.ratio = ratio;
  if (ref.other) ref.other.ratio = ratio;
}

/** A write to nx_huge_pages_recovery_period_ms, for all VMs; refused once the mitigation is off for good. */
export function set_recovery_period(ref: Reference, ms: number): void {
  if (!may_write(ref)) return;
  ref.period_ms = ms;
  if (ref.other) ref.other.period_ms = ms;
}

/** A write to nx_huge_pages; refused once the mitigation is off for good. A change zaps all mappings of every VM. */
export function set_nx_huge_pages(ref: Reference, on: boolean): void {
  if (may_write(ref)) switch_mitigation(ref, on);
}

/** TOGGLE: zaps all mappings of every VM. */
function switch_mitigation(ref: Reference, on: boolean): void {
  if (ref.nx === on) return;
  ref.nx = on;
  zap_all(ref);
  if (ref.other) switch_mitigation(ref.other, on);
}

/**
 * Writes `never` while this VM does not exist. From 6.5: off for good, and refused if there is another VM. Before: off.
 */
function write_never(ref: Reference): void {
  if (!may_write(ref)) return;
  if (ref.contract.never_is_for_good && ref.other) ref.errno = 'EBUSY';
  else {
    switch_mitigation(ref, false);
    ref.never = ref.contract.never_is_for_good;
  }
}

/** Creates a second VM on the host, with the current parameters. */
export function create_other_vm(ref: Reference): Reference {
  ref.other ??= new_reference(ref.contract, beside(ref.world), ref);
  return ref.other;
}

export function exec_in_other_vm(ref: Reference): void {
  const other = create_other_vm(ref);
  load_roots(other, 0);
  access(other, 'tdp', 0, 0, 'exec');
}

export function destroy_other_vm(ref: Reference): void {
  ref.other = null;
}

/** LIMIT: sets the number of shadow pages that may exist. The reference is told which pages are zapped for it. */
export function limit_mmu_pages(ref: Reference, pages: number): void {
  ref.mmu_pages = pages;
}

/**
 * THREAD: kills the process to which the worker belongs, in kernels where the worker is a thread. Other processes
 * continue to use the VM, without a worker.
 */
export function kill_worker(ref: Reference): void {
  if (!ref.worker || !ref.contract.worker_can_be_killed) return;
  ref.worker = false;
  ref.killed = true;
}

/**
 * Destroys the VM and creates another with the same slots and nothing mapped. `never`: nx_huge_pages=never is written
 * between the two. From 6.0, the VM may be exempt from the mitigation. To turn the quirk off is EINVAL before 6.12, and a
 * log that begins with all pages dirty before 5.7: then the VM is as usual in that.
 */
export function destroy_vm(ref: Reference, wanted: OfAVm, never: boolean): void {
  zap_all(ref);
  if (never) write_never(ref);
  const { contract, world } = ref;
  const exempt = wanted.exempt && contract.vms_may_be_exempt;
  const slot_zap_all = wanted.slot_zap_all || !contract.slot_zap_is_a_quirk;
  const lacks = wanted.dirty_log === 'initially_set' && !contract.logs_may_begin_all_dirty;
  const given = { exempt, slot_zap_all, dirty_log: lacks ? 'plain' : wanted.dirty_log } as const;
  renew_reference(ref, of_a_vm(contract, world, given, ref.never, ref.now));
  if (slot_zap_all !== wanted.slot_zap_all || lacks) ref.errno = 'EINVAL';
}

/** Ends the process, and with it all its VMs. A new process creates one VM as usual. */
export function exit_process(ref: Reference): void {
  destroy_other_vm(ref);
  destroy_vm(ref, AS_USUAL, false);
}
