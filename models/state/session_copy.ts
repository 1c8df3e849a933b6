/** Copies of sessions, and the check whether a session still equals the one that it was copied from. */
import type { Session } from '../../harness/run/session';
import { kvm_create_vm } from '../kernel/vm';
import { copy_divergence, same_divergence } from '../lockstep/divergence';
import { new_view, type View } from '../lockstep/session';
import { new_reference, type Table } from '../spec/reference';
import { copy_from_snapshot, new_clones, take_snapshot } from './copy';
import { copy_reference } from './copy_reference';
import { same_kvm, same_reference, same_tlbs } from './same';

/**
 * Returns a function that makes the session `to` a copy of the session `from`. Each target needs a copier of its own,
 * because the copier reuses storage. `again`: the last copy was of the same state, and `from` has not changed since.
 */
export function new_copier(): (from: Session<View>, to: Session<View>, again?: boolean) => void {
  const copier = new_view_copier();
  return ({ view: from }, { view: to }, again = false) => copier(from, to, again);
}

function new_view_copier(): (from: View, to: View, again: boolean) => void {
  const clones = new_clones();
  const tables: Table[] = [];
  let other: View | null = null;
  let other_copier: ReturnType<typeof new_view_copier> | null = null;
  return (from, to, again) => {
    if (!again) take_snapshot(from.kvm, to.kvm, clones);
    copy_from_snapshot(from.kvm, to.kvm, clones);
    copy_reference(from.ref, to.ref, tables);
    copy_divergence(from.divergence, to.divergence);
    to.crash = null;
    to.quiescent = true;
    if (from.other !== null) {
      if (other?.kvm.params !== to.kvm.params) other = view_beside(to, from.other);
      other_copier ??= new_view_copier();
      other_copier(from.other, other, again);
    }
    put_beside(to, from.other && other);
  };
}

/** A view of a second VM beside the VM of `view`, in the world of the given second VM. */
function view_beside({ variant, kvm }: View, { kvm: { world }, ref }: View): View {
  return new_view(variant, kvm_create_vm(kvm.ops, world, kvm), new_reference(ref.contract, world));
}

function put_beside(view: View, other: View | null): void {
  view.other = other;
  view.kvm.other = other?.kvm ?? null;
  view.ref.other = other?.ref ?? null;
}

/** Whether `other`, which was a copy of `one`, still is one except for the contents of TLBs. Both must be quiescent. */
export function same_machines(one: View, other: View): boolean {
  if (!same_kvm(one.kvm, other.kvm) || !same_reference(one.ref, other.ref)) return false;
  if (!same_divergence(one.divergence, other.divergence)) return false;
  if (one.other === null || other.other === null) return one.other === other.other;
  return same_machines(one.other, other.other) && same_tlbs(one.other.kvm.tlb, other.other.kvm.tlb);
}
