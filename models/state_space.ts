import type { StateSpace } from '../harness/explore';
import { random_of, small_numbers } from '../harness/seed';
import type { Space } from '../harness/space';
import { fill_tlbs } from './kernel/tlb';
import { state_key } from './key';
import { type Alike, new_places } from './places';
import { CAUSES, new_copier, start_session, type View } from './session';
import { alphabet_of, commands_for, kinds_of, moved, paused_numbers, random_move } from './symmetry';
import type { Variant } from './variant';
import type { World } from './world';

/**
 * All programs over a variant in a world. `alike`: what is taken for each other where it is like each other; with
 * `tlbs`, states that differ only in what TLBs hold are told apart even where the page tables grant it all. `pauses`:
 * commands may be paused at one of so many places.
 */
export function state_space(
  variant: Variant,
  world: World,
  space: Space,
  { alike, tlbs, pauses }: { readonly alike: Alike; readonly tlbs: boolean; readonly pauses: number },
): StateSpace<View> {
  const places = new_places(world, alike, tlbs);
  const kinds = kinds_of(space);
  const take = small_numbers(random_of(`elsewhere:${variant.name}`));
  const alphabet = alphabet_of(space);
  return {
    alphabet,
    start: () => start_session(variant, world),
    // Of a paused command there is but one: it is where the kernel's functions stand.
    copyable: ({ at_rest }) => at_rest,
    copier: new_copier,
    key: (view) => state_key(places, view),
    // A guest access that caused no fault has at most been cached.
    unchanged: ({ kvm: before, at_rest }, { command, kvm, ref }) =>
      at_rest &&
      CAUSES['access']?.includes(command.name) === true &&
      kvm.record.faults === 0 &&
      !ref.access_faulted &&
      kvm.tlb.length === before.tlb.length &&
      kvm.worker.alive === before.worker.alive &&
      kvm.worker.once_done === before.worker.once_done &&
      kvm.signal_pending === before.signal_pending,
    // A TLB that holds what the page tables do not grant serves accesses that would fault.
    left_out_matters: ({ kvm }) => !tlbs && [kvm.running, ...kvm.paused].some(({ tlb_suspect }) => tlb_suspect),
    at_worst: tlbs ? null : ({ kvm }) => fill_tlbs(kvm),
    commands: (view) => commands_for(places, kinds, view),
    paused: ({ kvm }, command) => paused_numbers(command, Math.min(kvm.record.yields, pauses)),
    may_break({ after }, command, { kvm }) {
      const causes = after === null ? undefined : CAUSES[after];
      if (!causes) return true;
      // Whatever is paused may go on at any command.
      for (const paused of kvm.paused) if (paused.command && causes.includes(paused.command.name)) return true;
      return command !== null && causes.includes(alphabet[command]?.name ?? '');
    },
    elsewhere: (program) =>
      alike === 'nothing' ? null : moved(program, random_move(places.geometry, alike === 'regions', take)),
  };
}
