/** Permutations of programs: what symmetry reduction relies on, and how a program gets its canonical form. */
import type { ArgValue, Program } from '../../harness/program/command';
import type { Contract } from '../spec/contract';
import { type Block, type Cell, type Geometry, geometry_of, numbers } from '../world/geometry';
import { pages_1g, type World } from '../world/world';

/** A permutation: maps each region to a region, each 4K page of it to one of its 4K pages, each vCPU to a vCPU. */
export interface Move {
  region(region: number): number;
  offset(region: number, offset: number): number;
  vcpu(vcpu: number): number;
}

/** The permuted program. */
export function moved(program: Program, move: Move): Program {
  return program.map(({ name, args }) => {
    const to: Record<string, ArgValue> = { ...args };
    const region = args['page'];
    if (typeof region === 'number') {
      to['page'] = move.region(region);
      if (typeof args['offset'] === 'number') to['offset'] = move.offset(region, args['offset']);
    }
    if (typeof args['vcpu'] === 'number') to['vcpu'] = move.vcpu(args['vcpu']);
    return { name, args: to };
  });
}

/**
 * Whether the order of places matters in a program: in a VM whose logs begin with all pages dirty, a table that collapses
 * in place becomes a huge page with the rights of its first leaf; and where entries of L1's tables point elsewhere
 * (is_ordered()).
 */
export const order_matters = ({ collapses_in_place }: Contract, program: Program): boolean =>
  program.some(({ name, args }) => {
    return name === 'remap_entry' || (collapses_in_place && args['dirty_log'] === 'initially_set');
  });

/**
 * A random permutation that must make no difference. `regions`: it permutes regions too, not only 4K pages and vCPUs.
 * `take(n)` returns a random number below n.
 */
export function random_move(geometry: Geometry, regions: boolean, take: (n: number) => number): Move {
  const { world } = geometry;
  const moved_to = new Map<number, number>();
  for (const of_slot of regions ? geometry.slots : []) {
    const whole = of_slot.filter((block) => block.whole);
    const targets = shuffled(whole, take);
    for (const block of of_slot) {
      const target = (block.whole && targets[whole.indexOf(block)]) || block;
      move_cells(moved_to, block, shuffled(target.cells, take));
    }
  }
  const offsets = new Map<number, readonly number[]>();
  const vcpus = shuffled(numbers(world.vcpus), take);
  return {
    region: (region) => moved_to.get(region) ?? region,
    offset(region, offset) {
      const order = offsets.get(region) ?? shuffled_offsets(world.fan_out, world.prefetch, take);
      offsets.set(region, order);
      return order[offset] ?? offset;
    },
    vcpu: (vcpu) => vcpus[vcpu] ?? vcpu,
  };
}

function move_cells(moved_to: Map<number, number>, { cells }: Block, targets: readonly Cell[]): void {
  cells.forEach(({ home, away }, i) => {
    const target = targets[i];
    if (!target) return;
    moved_to.set(home, target.home);
    moved_to.set(away, target.away);
  });
}

function shuffled_offsets(fan_out: number, prefetch: number, take: (n: number) => number): number[] {
  if (fan_out % prefetch !== 0) return numbers(fan_out);
  const groups = shuffled(numbers(fan_out / prefetch), take);
  return groups.flatMap((group) => shuffled(numbers(prefetch), take).map((i) => group * prefetch + i));
}

function shuffled<T>(things: readonly T[], take: (n: number) => number): T[] {
  const order = [...things];
  for (let i = order.length - 1; i > 0; i--) {
    const j = take(i + 1);
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}

/** The canonical program: each place becomes the first equivalent place that the program has not used yet. */
export function canonical(world: World, program: Program): Program {
  const { slots } = geometry_of(world, pages_1g(world));
  const blocks = new Map<Block, Block>();
  const cells = new Map<Cell, Cell>();
  const groups = new Map<number, Map<number, number>>();
  const small = new Map<number, Map<number, number>>();
  const vcpus = new Map<number, number>();
  return moved(program, {
    region(region) {
      for (const of_slot of slots) {
        for (const block of of_slot) {
          const cell = block.cells.find(({ home, away }) => home === region || away === region);
          if (!cell) continue;
          const alike = block.whole ? of_slot.filter(({ whole }) => whole) : [block];
          const to = first_free(cells, cell, first_free(blocks, block, alike).cells);
          return cell.home === region ? to.home : to.away;
        }
      }
      return region;
    },
    offset(region, offset) {
      const { fan_out, prefetch } = world;
      if (fan_out % prefetch !== 0) return offset;
      const group = Math.floor(offset / prefetch);
      const to_group = first_free(map_at(groups, region), group, numbers(fan_out / prefetch));
      const of_group = map_at(small, region * fan_out + group);
      return to_group * prefetch + first_free(of_group, offset % prefetch, numbers(prefetch));
    },
    vcpu: (vcpu) => first_free(vcpus, vcpu, numbers(world.vcpus)),
  });
}

function map_at(maps: Map<number, Map<number, number>>, at: number): Map<number, number> {
  const map = maps.get(at) ?? new Map<number, number>();
  maps.set(at, map);
  return map;
}

/** What `thing` becomes: the first equivalent one that no other thing has become. */
function first_free<T>(chosen: Map<T, T>, thing: T, alike: readonly T[]): T {
  const taken = [...chosen.values()];
  const to = chosen.get(thing) ?? alike.find((one) => !taken.includes(one)) ?? thing;
  chosen.set(thing, to);
  return to;
}
