/** Made by `npm run layouts` from the tables of state (docs/state.md): not to be changed by hand. */
import type { Kvm, kvm_memory_slot } from '../../kernel/types';
import type { Reference, Slot } from '../../spec/state';

export function adopt_reference(ref: Reference, kvm: Kvm): void {
  ref.gpte_clean.shadow = kvm.gpte_clean.shadow;
  ref.gpte_clean.shadow2 = kvm.gpte_clean.shadow2;
  ref.now = kvm.now;
  ref.last_pass = kvm.worker.last;
  ref.root_holders = kvm.root_holders;
}

export function adopt_reference_slot(ref: Slot, kvm: kvm_memory_slot): void {
  ref.broken = kvm.broken;
}
