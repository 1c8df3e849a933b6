/**
 * Which commands lead to equivalent states, so that only the first of them is tried. Exhaustive search and certificates
 * rely on this.
 */
import type { ArgValue, Command } from '../../harness/program/command';
import {
  command_at,
  count_of,
  type Selection,
  type Space,
  type SpaceArg,
  type SpaceCommand,
  select,
} from '../../harness/program/space';
import { gfn_to_memslot } from '../kernel/memslots';
import { are_counted } from '../kernel/roots';
import type { Operation } from '../kernel/types';
import type { View } from '../lockstep/session';
import { slot_at } from '../spec/reference';
import { view_of } from '../spec/views';
import { numbers } from '../world/geometry';
import { address_space, all_vcpus, is_nested, MMUS, type Mmu, trees_of } from '../world/world';
import { is_ordered, look_at_places } from './fingerprint';
import { is_empty, type Sums, same } from './hash';
import { groups_in, type Places } from './places';

/** Commands that prepare a state are first: the minimal program begins with them, and few programs are smaller. */
const FIRST = ['dirty_log'];

/** What only themes draw is last. */
const SELDOM = 0.5;

/** The fixed order of the kinds of command: after those in FIRST, the most frequent first. */
function in_order({ commands }: Space): SpaceCommand[] {
  const rank = ({ name, weight }: SpaceCommand) => (FIRST.includes(name) ? 0 : 1 / Math.max(weight, SELDOM));
  return [...commands].sort((a, b) => rank(a) - rank(b));
}

const alphabets = new WeakMap<Space, readonly Command[]>();

/** Every command of the space with all values of its arguments, the simplest values first. */
export function alphabet_of(space: Space): readonly Command[] {
  const known = alphabets.get(space);
  if (known) return known;
  const alphabet = in_order(space).flatMap((kind) => numbers(count_of(kind)).map((number) => command_at(kind, number)));
  alphabets.set(space, alphabet);
  return alphabet;
}

/** The first of each set of places that are equivalent in this state. */
interface Representatives {
  readonly regions: readonly number[];
  readonly offsets: ReadonlyMap<number, readonly number[]>;
  readonly vcpus: readonly number[];
}

function representatives(places: Places): Representatives {
  const { geometry, blocks, cells, cells_per_slot } = places;
  const regions = [...geometry.loose];
  for (const [slot, of_slot] of geometry.slots.entries()) {
    const first = slot * cells_per_slot;
    of_slot.forEach((block, nth) => {
      const like_an_earlier = of_slot.some((other, i) => {
        return i < nth && other.whole && block.whole && same(blocks, first + i, first + nth);
      });
      if (like_an_earlier) return;
      for (const { home, away } of firsts(block.cells, cells, (cell) => first + cell.region)) {
        regions.push(home);
        if (away !== home) regions.push(away);
      }
    });
  }
  regions.sort((x, y) => x - y);
  const offsets = new Map(regions.map((region) => [region, first_offsets(places, region)]));
  const { caches } = places;
  // Two vCPUs without cached entries are equivalent.
  const vcpus = caches.map((_, vcpu) => vcpu).filter((vcpu) => caches[vcpu] || caches.indexOf(false) === vcpu);
  return { regions, offsets, vcpus };
}

function firsts<T>(things: readonly T[], sums: Sums, at: (thing: T) => number): T[] {
  return things.filter((thing, i) => !things.some((other, j) => j < i && same(sums, at(other), at(thing))));
}

const JUST_THE_FIRST: readonly number[] = [0];

function first_offsets({ geometry, groups, regions, small }: Places, region: number): readonly number[] {
  const { fan_out, prefetch } = geometry.world;
  const per_region = groups_in(geometry.world);
  // The region is empty, so all of its 4K pages are equivalent.
  if (is_empty(regions, region)) return JUST_THE_FIRST;
  return firsts(numbers(per_region), groups, (group) => region * per_region + group).flatMap((group) => {
    const n = Math.min(prefetch, fan_out - group * prefetch);
    const in_group = numbers(n).map((i) => group * prefetch + i);
    return firsts(in_group, small, (offset) => region * fan_out + offset);
  });
}

/** A kind of command. `first` is the number of its first command in the alphabet. */
export interface Kinds {
  readonly name: string;
  readonly first: number;
  readonly args: readonly KindArg[];
  readonly count: number;
}

/** `has`: by digit, whether it is among the argument's digits. */
type KindArg = SpaceArg & { readonly has: readonly boolean[] };

const kind_arg = (arg: SpaceArg): KindArg => {
  return { ...arg, has: numbers(arg.digit_of.size).map((digit) => arg.digits.includes(digit)) };
};

/** The kinds of command of a space, with their numbers in the alphabet. */
export function kinds_of(space: Space): Kinds[] {
  let first = 0;
  return in_order(space).map((kind) => {
    const count = count_of(kind);
    first += count;
    return { name: kind.name, first: first - count, args: kind.args.map(kind_arg), count };
  });
}

/** The same for the selected commands only. The numbers in the alphabet do not change. */
export function selected_kinds(space: Space, selection: Selection): Kinds[] {
  const wanted = new Map(select(space, selection).commands.map(({ name, args }) => [name, args]));
  return kinds_of(space).flatMap((kind) => {
    const args = wanted.get(kind.name);
    return args ? [{ ...kind, args: args.map(kind_arg) }] : [];
  });
}

/**
 * The useful commands in this state, smallest first, none of them paused (see paused_numbers()). Without symmetry, the
 * commands of all places. `looked_at`: the places are already filled with this state.
 */
export function commands_for(places: Places, kinds: readonly Kinds[], view: View, looked_at = false): number[] {
  const alike = places.symmetry !== 'nothing' && !is_ordered(view) && (looked_at || look_at_places(places, view));
  const choice: Choice = {
    view,
    firsts: alike ? representatives(places) : null,
    chosen: [],
    outside: [],
    outside_by: { l1: false, l2: false },
    whole: false,
    nested_alike: alike && nested_are_alike(view),
  };
  for (const kind of kinds) {
    choice.whole = false;
    if (kind.name === RESUME) add_resumes(kind, view.kvm.paused, choice.chosen);
    else add_commands(choice, kind, 0, 0, 0, 'tdp');
  }
  return choice.chosen;
}

const RESUME = 'resume';

/** Only paused commands can be resumed. */
function add_resumes(kind: Kinds, paused: readonly Operation[], chosen: number[]): void {
  const numbers_of = paused.map(({ thread, vcpu }) => {
    const wanted: Record<string, ArgValue> = { thread, vcpu: thread === 'vcpu' ? vcpu : 0, pause: 0 };
    return (
      kind.first +
      kind.args.reduce((n, { key, digit_of }) => n * digit_of.size + (digit_of.get(wanted[key] ?? 0) ?? 0), 0)
    );
  });
  chosen.push(...numbers_of.sort((x, y) => x - y));
}

const NO_PAUSES: readonly number[] = [];

/** The same command, paused at each of its places. It relies on `pause` being the last argument of every command. */
export function paused_numbers(command: number, places_to_pause: number): readonly number[] {
  return places_to_pause === 0 ? NO_PAUSES : numbers(places_to_pause).map((n) => command + n + 1);
}

interface Choice {
  readonly view: View;
  /** Null without symmetry. */
  readonly firsts: Representatives | null;
  /** Numbers in the alphabet. */
  readonly chosen: number[];
  /** Cache of is_outside(), by region and MMU. */
  readonly outside: (boolean | undefined)[];
  /** `chosen` already has a guest access outside all slots: of L1 or, where that matters, of a nested guest. */
  readonly outside_by: { l1: boolean; l2: boolean };
  /** The command concerns all 4K pages of a region, whatever its offset. */
  whole: boolean;
  /** Neither nested guest has run yet, so commands of the first one stand for both. */
  readonly nested_alike: boolean;
}

function nested_are_alike({ kvm, ref }: View): boolean {
  if (kvm.roots.shadow || kvm.roots.shadow2) return false;
  const has_run = ({ links, huge1g }: (typeof ref.views)['shadow']) => links.includes(1) || huge1g.some(Boolean);
  if ([...trees_of('shadow'), ...trees_of('shadow2')].some((tree) => has_run(view_of(ref, tree)))) return false;
  return [kvm.gpte_clean, ref.gpte_clean].every(({ shadow, shadow2 }) =>
    shadow.every((clean, giga) => clean === shadow2[giga]),
  );
}

/** A vCPU that has not loaded the roots yet does so by any access, and it matters which vCPU that is. */
const loads_roots = ({ kvm }: View): boolean =>
  (are_counted(kvm) && kvm.root_holders !== all_vcpus(kvm.world)) ||
  (kvm.ops.prefaults_use_obsolete_roots && kvm.loaded_roots !== all_vcpus(kvm.world));

/** By any access a vCPU comes to be in its nested guest, or leaves it, and it matters which vCPU and which guest that is. */
const changes_guests = ({ kvm }: View): boolean => !kvm.ops.destroys_vcpus_first;

/** Nothing is mapped there, on either side or in a TLB, so an access has no effect except that the vCPU runs. */
function is_outside(view: View, mmu: Mmu, region: number): boolean {
  const { kvm, ref } = view;
  const gfn = region * kvm.world.fan_out;
  if (is_memory(view, mmu, region) || kvm.ops.builds_tables_outside_slots) return false;
  const giga = giga_of(view, region);
  if (is_nested(mmu) && (kvm.gpte_clean[mmu][giga] || ref.gpte_clean[mmu][giga])) return false;
  return !kvm.tlb.some(
    (entry) => entry.mmu === mmu && entry.gfn < gfn + kvm.world.fan_out && entry.gfn + entry.size > gfn,
  );
}

/** The same, cached for all kinds of access. */
function is_known_outside({ view, outside }: Choice, mmu: Mmu, region: number): boolean {
  const at = region * MMUS.length + MMUS.indexOf(mmu);
  while (outside.length <= at) outside.push(undefined);
  const known = outside[at] ?? is_outside(view, mmu, region);
  outside[at] = known;
  return known;
}

const is_memory = ({ kvm, ref }: View, mmu: Mmu, region: number): boolean => {
  const as = address_space(mmu);
  return gfn_to_memslot(kvm, region * kvm.world.fan_out, as) !== null || slot_at(ref, region, as) !== null;
};

const giga_of = ({ kvm }: View, region: number): number => Math.floor(region / kvm.world.fan_out);

/** An earlier region of this 1G page stands for this one: a nested guest's hypervisor has one entry for the 1G page. */
const is_of_the_same_entry = ({ view, firsts }: Choice, region: number): boolean =>
  firsts?.regions.some(
    (other) => other < region && giga_of(view, other) === giga_of(view, region) && is_memory(view, 'shadow', other),
  ) ?? false;

/** The same for a command that concerns the entry whether there is memory or not. */
const is_of_the_same_giga = ({ view, firsts }: Choice, region: number): boolean =>
  firsts?.regions.some((other) => other < region && giga_of(view, other) === giga_of(view, region)) ?? false;

/** The number of a command with these arguments so far, this vCPU, and the first value of all others. */
const rest_of = ({ args }: Kinds, from: number, so_far: number, vcpu: number): number =>
  args.slice(from).reduce((n, { key, digit_of }) => n * digit_of.size + (key === 'vcpu' ? vcpu : 0), so_far);

const by_whom = (view: View, mmu: Mmu): 'l1' | 'l2' => (is_nested(mmu) && changes_guests(view) ? 'l2' : 'l1');

const is_access = ({ args }: Kinds): boolean => args.some(({ key }) => key === 'mmu');

/**
 * Adds the commands of a kind, argument after argument. `number`: the number of the arguments so far. `region` and
 * `mmu`: the values chosen for them.
 */
function add_commands(choice: Choice, kind: Kinds, arg: number, number: number, region: number, mmu: Mmu): void {
  const { chosen, firsts } = choice;
  const spec = kind.args[arg];
  if (!spec) {
    chosen.push(kind.first + number);
    return;
  }
  const { key, digits, has, seldom } = spec;
  const all = has.length;
  let some = digits;
  // Places are numbered from 0 without gaps, so each is its own digit.
  if (seldom) some = JUST_THE_FIRST;
  else if (!firsts) some = digits;
  else if (key === 'page') some = firsts.regions;
  else if (key === 'offset') some = choice.whole ? JUST_THE_FIRST : (firsts.offsets.get(region) ?? digits);
  else if (key === 'vcpu') some = firsts.vcpus;
  for (let nth = 0; nth < some.length; nth++) {
    const digit = some[nth] as number;
    if (!has[digit]) continue;
    const so_far = number * all + digit;
    if (key === 'size' && kind.name === 'clear_dirty_log') choice.whole = spec.values[nth] !== '4k';
    if (key === 'mmu') {
      const of = spec.values[nth] as Mmu;
      if (of !== 'shadow2' || !choice.nested_alike) add_commands(choice, kind, arg + 1, so_far, region, of);
    } else if (key !== 'page') add_commands(choice, kind, arg + 1, so_far, region, mmu);
    else if (kind.name === 'clear_gpte_dirty' && is_of_the_same_entry(choice, digit)) continue;
    else if (kind.name === 'prefault') {
      // Outside all slots it answers otherwise than where a slot is on its way out.
      if (!is_nested(mmu) || digit === 0) add_commands(choice, kind, arg + 1, so_far, digit, mmu);
    } else if (kind.name === 'remap_entry') {
      if (!is_of_the_same_giga(choice, digit)) add_commands(choice, kind, arg + 1, so_far, digit, mmu);
    } else if (!firsts || !is_access(kind) || !is_known_outside(choice, mmu, digit))
      add_commands(choice, kind, arg + 1, so_far, digit, mmu);
    else if (!choice.outside_by[by_whom(choice.view, mmu)]) {
      // All accesses outside all slots lead to the same state, so only the first is tried; or the first of each vCPU, and of each guest.
      choice.outside_by[by_whom(choice.view, mmu)] = true;
      const of_each = loads_roots(choice.view) || changes_guests(choice.view) ? firsts.vcpus : JUST_THE_FIRST;
      for (const vcpu of of_each) chosen.push(kind.first + rest_of(kind, arg + 1, so_far, vcpu));
    }
  }
}
