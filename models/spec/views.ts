/** What is mapped in each tree: a view of it, all in one array of bytes. */
import { copies_of } from '../world/repeat';
import { pages_1g, type Tree, type World } from '../world/world';
import type { Mapped, Reference, Table } from './state';

/**
 * What is mapped in a tree. Each tree by its own name: a look-up by a variable name is far slower, and this code is
 * hot.
 */
export function view_of({ views }: Reference, tree: Tree): Mapped {
  switch (tree) {
    case 'tdp':
      return views.tdp;
    case 'shadow':
      return views.shadow;
    case 'smm':
      return views.smm;
    case 'shadow2':
      return views.shadow2;
    case 'shadow_clean':
      return views.shadow_clean;
    case 'shadow2_clean':
      return views.shadow2_clean;
    case 'shadow_2m':
      return views.shadow_2m;
    case 'shadow2_2m':
      return views.shadow2_2m;
  }
}

const no_tables = copies_of<Table | null>(null);

/** A view that uses the `nth` part of `flags`. */
export function new_view(world: World, { buffer }: Float64Array, nth: number): Mapped {
  const n = pages_1g(world);
  const regions = n * world.fan_out;
  const links = nth * flags_in_view(world);
  const [huge1g, huge2m] = [links + n, links + 2 * n];
  return {
    links: new Uint8Array(buffer, links, n),
    table2: no_tables(n),
    table1: no_tables(regions),
    huge1g: new Uint8Array(buffer, huge1g, n),
    huge2m: new Uint8Array(buffer, huge2m, regions),
  };
}

export const flags_in_view = (world: World): number => pages_1g(world) * (2 + world.fan_out);

/** What this element of `flag_bytes` represents: 2 for a 1G leaf, 1 for a 2M leaf, 0 for a link. */
export function size_of_flag({ views, world }: Reference, flag: number): 0 | 1 | 2 {
  const n = views.tdp.links.length;
  const in_view = flag % (n * (2 + world.fan_out));
  return in_view >= 2 * n ? 1 : in_view >= n ? 2 : 0;
}
