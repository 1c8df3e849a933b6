import type { Command } from '../../harness/program/command';
import { standing_tree } from '../spec/nested';
import { type Reference, type Slot, slot_at } from '../spec/reference';
import { standing_giga } from '../spec/tables';
import { view_of } from '../spec/views';
import { numbers } from '../world/geometry';
import { giga_of_directory, type Mmu } from '../world/world';
import type { Step } from './interleaving_templates';

/** The first region that an entry maps, and for whom. */
interface Entry {
  readonly mmu: Mmu;
  readonly region: number;
}

/**
 * What a program does after `remap_entry` with these arguments. Entries that point outside all slots come back in turn by the
 * page directory that lies there, and as they were.
 */
export function plans_of_entries(ref: Reference): (entry: Entry, args: Command['args']) => Step[] {
  const at_directory = giga_of_directory(ref.world) * ref.world.fan_out;
  let last_by_directory = false;
  return (entry, { to, size }) => {
    if (slot_at(ref, Number(to), 0)) {
      last_by_directory = size === '2m';
      return use_entry(entry, ref.world.fan_out);
    }
    const by_directory = to === at_directory && size === '1g' && !last_by_directory;
    return come_back(ref, entry, by_directory);
  };
}

/** The entry points to `to` from now on, unseen. */
const point = ({ mmu, region: page }: Entry, to?: number, size?: '1g' | '2m'): Step => ({
  name: 'remap_entry',
  args: { mmu, page, tracked: 0, ...(to !== undefined && { to }), ...(size && { size }) },
});

/**
 * The guest uses an entry that points elsewhere now, in several places, as it faults only where nothing is mapped yet; then the
 * entry changes again, unseen.
 */
function use_entry(entry: Entry, fan_out: number): Step[] {
  const { mmu, region } = entry;
  const exec = (page: number, offset: number): Step => ({ name: 'guest_exec', args: { mmu, page, offset } });
  return [exec(region, fan_out - 1), exec(region + 1, 0), exec(region, 0), point(entry)];
}

/** Which 4K pages of the i-th region are mapped. */
type Small = (i: number) => readonly boolean[] | undefined;

/** What is mapped by the entry still, whatever it points to: the first region of that memory, and its tables of 4K pages. */
function standing(ref: Reference, { mmu, region }: Entry) {
  const { fan_out } = ref.world;
  const tree = standing_tree(ref, mmu, region / fan_out);
  const start = standing_giga(ref, tree, region / fan_out) * fan_out;
  const small: Small = (i) => {
    const table = view_of(ref, tree).table1[start + i];
    return table?.linked ? table.small : undefined;
  };
  return { start, small };
}

/**
 * The guest faults, so that a table begins where the entry points to. Where a page directory lies in the first page of that, the two
 * have the same gfn: then the entry leads to the directory. Otherwise it points back. The guest writes where 4K pages that the entry
 * pointed to before are still mapped, and write-protected: there it faults although something is mapped.
 */
function come_back(ref: Reference, entry: Entry, by_directory: boolean): Step[] {
  const { mmu, region } = entry;
  const { start, small } = standing(ref, entry);
  const slot = ref.slots.indexOf(slot_at(ref, start, 0) as Slot);
  const back = by_directory ? point(entry, 0, '2m') : point(entry, slot < 0 ? region : start, '1g');
  const read: Step = { name: 'guest_read', args: { mmu, ...unmapped(ref.world.fan_out, region, small) } };
  if (slot < 0) return by_directory || slot_at(ref, region, 0) ? [read, back] : [];
  const log = (on: number): Step => ({ name: 'dirty_log', args: { slot, on } });
  // To turn logging off and on again would drop what is mapped.
  const protect = ref.slots[slot]?.dirty_log
    ? { name: 'clear_dirty_log', args: { size: 'slot', page: start } }
    : log(1);
  const writes = numbers(ref.world.fan_out).flatMap((i): Step[] => {
    const offset = small(i)?.indexOf(true) ?? -1;
    return offset < 0 ? [] : [{ name: 'guest_write', args: { mmu, page: region + i, offset } }];
  });
  if (writes.length === 0) return [read, back];
  return by_directory ? [protect, ...writes.slice(0, 1), back] : [protect, ...writes.slice(0, 2), log(0), back];
}

/** A page at which nothing is mapped, from this region on. */
function unmapped(fan_out: number, region: number, small: Small): { readonly page: number; readonly offset: number } {
  const mapped = numbers(fan_out).flatMap((i) => numbers(fan_out).map((offset) => small(i)?.[offset] ?? false));
  const at = Math.max(0, mapped.indexOf(false));
  return { page: region + Math.floor(at / fan_out), offset: at % fan_out };
}
