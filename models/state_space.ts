import type { StateSpace } from '../harness/explore';
import { random_of, small_numbers } from '../harness/seed';
import type { Space } from '../harness/space';
import type { SpaceOptions } from '../harness/suite';
import { fill_tlbs } from './kernel/tlb';
import type { Kvm } from './kernel/types';
import { state_key } from './key';
import { moved, random_move } from './moves';
import { type Alike, new_places } from './places';
import { same_tlbs } from './same';
import { CAUSES, start_session, type View } from './session';
import { new_copier, same_machines } from './session_copy';
import { alphabet_of, commands_for, kinds_of, paused_numbers, selected_kinds } from './symmetry';
import type { Variant } from './variant';
import type { World } from './world';

/**
 * All programs over a variant in a world. `alike`: what is taken for each other where it is like each other; with
 * `tlbs`, states that differ only in what TLBs hold are told apart even where the page tables grant it all.
 */
export function state_space(
  variant: Variant,
  world: World,
  space: Space,
  { alike, tlbs, pauses, only }: SpaceOptions & { readonly alike: Alike; readonly tlbs: boolean },
): StateSpace<View> {
  const places = new_places(world, alike, tlbs);
  const kinds = only ? selected_kinds(space, only) : kinds_of(space);
  const take = small_numbers(random_of(`elsewhere:${variant.name}`));
  const alphabet = alphabet_of(space);
  return {
    alphabet,
    start: () => start_session(variant, world),
    // Of a paused command there is but one: it is where the kernel's functions stand.
    copyable: ({ at_rest }) => at_rest,
    copier: new_copier,
    key: (view) => state_key(places, view),
    unchanged(before, after) {
      if (!before.at_rest || !after.at_rest || !same_machines(before, after)) return false;
      if (same_tlbs(before.kvm.tlb, after.kvm.tlb)) return true;
      // Where what TLBs hold makes no other state, it is put back: that costs less than a copy of all.
      if (!tlbs) after.kvm.tlb = before.kvm.tlb.slice();
      return !tlbs;
    },
    // A TLB that holds what the page tables do not grant serves accesses that would fault.
    left_out_matters: ({ kvm }) => !tlbs && (is_suspect(kvm) || (kvm.other !== null && is_suspect(kvm.other))),
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

function is_suspect({ running, paused }: Kvm): boolean {
  if (running.tlb_suspect) return true;
  for (let nth = 0; nth < paused.length; nth++) if (paused[nth]?.tlb_suspect) return true;
  return false;
}
