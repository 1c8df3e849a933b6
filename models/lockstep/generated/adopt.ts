/** Made by `npm run layouts` from the tables of state (docs/state.md): not to be changed by hand. */
import type { Kvm, kvm_memory_slot } from '../../kernel/types';
import type { Reference, Slot } from '../../spec/state';

export function adopt_reference(ref: Reference, kvm: Kvm): void {
  ref.gpte_clean.shadow = kvm.gpte_clean.shadow;
  ref.gpte_clean.shadow2 = kvm.gpte_clean.shadow2;
  ref.nx = kvm.params.nx_huge_pages;
  ref.exempt = kvm.disable_nx_huge_pages;
  ref.never = kvm.params.nx_hugepage_mitigation_hard_disabled;
  ref.ratio = kvm.params.recovery_ratio;
  ref.period_ms = kvm.params.recovery_period_ms;
  ref.now = kvm.now;
  ref.worker = kvm.worker.alive;
  ref.killed = kvm.worker.killed;
  ref.last_pass = kvm.worker.last;
}

export function adopt_reference_slot(ref: Slot, kvm: kvm_memory_slot): void {
  ref.backing = kvm.backing;
  ref.dirty_log = kvm.dirty_log;
  ref.broken = kvm.broken;
}
