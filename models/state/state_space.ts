import type { StateSpace } from '../../harness/explore/state_space';
import { random_of, small_numbers } from '../../harness/generate/seed';
import type { Command, Program } from '../../harness/program/command';
import type { Space } from '../../harness/program/space';
import type { Property } from '../../harness/run/property';
import type { Session } from '../../harness/run/session';
import type { SpaceOptions } from '../../harness/suite';
import type { Variant } from '../catalogue/variant';
import { fill_tlbs } from '../kernel/tlb';
import type { Kvm } from '../kernel/types';
import { CAUSES, start_session, type View } from '../lockstep/session';
import type { World } from '../world/world';
import { fingerprint_of } from './fingerprint';
import { moved, order_matters, random_move } from './moves';
import { new_places, type Places, type Symmetry } from './places';
import { same_tlbs } from './same';
import { new_copier, same_machines } from './session_copy';
import { alphabet_of, commands_for, type Kinds, kinds_of, paused_numbers, selected_kinds } from './symmetry';

interface Options extends SpaceOptions {
  readonly symmetry: Symmetry;
  /** TLB contents are part of the state even if the page tables grant all that TLBs hold. */
  readonly tlbs: boolean;
}

/** The state space of all programs on a variant in a world. `symmetry`: which places are merged. */
export const state_space = (variant: Variant, world: World, space: Space, options: Options): StateSpace<View> =>
  new KvmStateSpace(variant, world, space, options);

/** The commands to which it matters which vCPU has loaded which root. */
const ABOUT_ROOTS = ['drop_roots', 'prefault'];

/** A class for the same reason as the session (session.ts): all of this is called for every transition. */
class KvmStateSpace implements StateSpace<View> {
  readonly alphabet: readonly Command[];
  readonly most_permissive: ((view: View) => void) | null;
  private readonly places: Places;
  private readonly kinds: readonly Kinds[];
  private readonly take: (n: number) => number;
  /** The state with which the places are filled, after its fingerprint was computed. */
  private filled: View | null = null;

  constructor(
    private readonly variant: Variant,
    private readonly world: World,
    space: Space,
    private readonly options: Options,
  ) {
    const { symmetry, tlbs, only } = options;
    this.kinds = only ? selected_kinds(space, only) : kinds_of(space);
    const about_roots = this.kinds.some(({ name }) => ABOUT_ROOTS.includes(name));
    this.places = new_places(world, symmetry, tlbs, about_roots);
    this.take = small_numbers(random_of(`permuted:${variant.name}`));
    this.alphabet = alphabet_of(space);
    this.most_permissive = tlbs ? null : ({ kvm }) => fill_tlbs(kvm);
  }

  start(): Session<View> {
    return start_session(this.variant, this.world);
  }

  /** A paused command cannot be copied: its state is in suspended generator functions. */
  copyable({ quiescent }: View): boolean {
    return quiescent;
  }

  copier() {
    return new_copier();
  }

  fingerprint(view: View): number | null {
    const fingerprint = fingerprint_of(this.places, view);
    this.filled = fingerprint === null ? null : view;
    return fingerprint;
  }

  unchanged(before: View, after: View): boolean {
    if (!before.quiescent || !after.quiescent || !same_machines(before, after)) return false;
    if (same_tlbs(before.kvm.tlb, after.kvm.tlb)) return true;
    // If TLB contents are not part of the state, they are restored, which costs less than a copy of the machine.
    const { tlbs } = this.options;
    if (!tlbs) after.kvm.tlb = before.kvm.tlb.slice();
    return !tlbs;
  }

  /** A TLB entry that the page tables do not grant serves accesses that should fault. */
  left_out_matters({ kvm }: View): boolean {
    return !this.options.tlbs && (is_suspect(kvm) || (kvm.other !== null && is_suspect(kvm.other)));
  }

  commands(view: View): readonly number[] {
    const looked_at = this.filled === view;
    // The view may have changed by the next call.
    this.filled = null;
    return commands_for(this.places, this.kinds, view, looked_at);
  }

  paused({ kvm }: View, command: number): readonly number[] {
    return paused_numbers(command, Math.min(kvm.record.yields, this.options.pauses));
  }

  may_break({ after }: Property<View>, command: number | null, { kvm, command: last }: View): boolean {
    const causes = after === null ? undefined : CAUSES[after];
    if (!causes) return true;
    // A paused command may continue at any command.
    for (const paused of kvm.paused) if (paused.command && causes.includes(paused.command.name)) return true;
    // At the end of a program what its last command was about is judged once more.
    return causes.includes(command === null ? last.name : (this.alphabet[command]?.name ?? ''));
  }

  permuted(program: Program): Program | null {
    const { symmetry } = this.options;
    if (symmetry === 'nothing' || order_matters(this.variant.contract, program)) return null;
    return moved(program, random_move(this.places.geometry, symmetry === 'regions', this.take));
  }
}

function is_suspect({ running, paused }: Kvm): boolean {
  if (running.tlb_suspect) return true;
  for (let nth = 0; nth < paused.length; nth++) if (paused[nth]?.tlb_suspect) return true;
  return false;
}
