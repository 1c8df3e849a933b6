/** Where the two sides differ in what is mapped. Computed only when they are known to differ, for the message. */
import { standing_level, tree_of } from '../kernel/sp';
import { is_leaf, spte_gfn } from '../kernel/spte';
import type { Kvm } from '../kernel/types';
import type { Reference } from '../spec/reference';
import { standing_giga } from '../spec/tables';
import { view_of } from '../spec/views';
import { mmu_of_tree, ROOT_LEVEL, TREES, tables_of } from '../world/world';

/**
 * What one side has and the other does not; null if both have the same. The trees of two nested guests count as one.
 */
export interface Difference {
  readonly got: string | null;
  readonly want: string | null;
}

const text = (what: string, gfn: number, level: number, tree: string): string =>
  `a ${what} at gfn ${gfn}, level ${level} (${tree})`;

/** The first difference; the largest tables and pages come first. */
export function difference(kvm: Kvm, ref: Reference): Difference | null {
  return first_difference(tables_of_kernel(kvm), tables_of_reference(ref)) ?? leaves_differ(kvm, ref);
}

const leaves_differ = (kvm: Kvm, ref: Reference): Difference | null =>
  first_difference(leaves_of_kernel(kvm), leaves_of_reference(ref));

function first_difference(ours: ReadonlySet<string>, theirs: ReadonlySet<string>): Difference | null {
  for (const one of ours) if (!theirs.has(one)) return { got: one, want: null };
  for (const one of theirs) if (!ours.has(one)) return { got: null, want: one };
  return null;
}

function tables_of_kernel({ sps }: Kvm): Set<string> {
  const below = sps.filter(({ is_root }) => !is_root);
  return new Set(below.map((sp) => text('table', sp.gfn, standing_level(sp), tree_of(sp))));
}

function tables_of_reference({ tables, world }: Reference): Set<string> {
  return new Set(tables.map(({ mmu, level, region }) => text('table', region * world.fan_out, level, mmu)));
}

/** A leaf above 4K in a root belongs to the tree of that guest, every other leaf to the tree of its table. */
function leaves_of_kernel({ sps, world, roots }: Kvm): Set<string> {
  const leaves = new Set<string>();
  for (const sp of sps) {
    const level = sp.is_root ? ROOT_LEVEL : standing_level(sp);
    const tree = sp.is_root ? (TREES.find((one) => roots[mmu_of_tree(one)] === sp) ?? tree_of(sp)) : tree_of(sp);
    for (const [index, spte] of sp.spt.entries()) {
      if (!is_leaf(spte, level) || sp.child[index]) continue;
      leaves.add(text('page', spte_gfn(world.fan_out, sp, level, index), level, mmu_of_tree(tree)));
    }
  }
  return leaves;
}

function leaves_of_reference(ref: Reference): Set<string> {
  const { fan_out } = ref.world;
  const leaves = new Set<string>();
  const add = (gfn: number, level: number, tree: (typeof TREES)[number]) =>
    leaves.add(text('page', gfn, level, mmu_of_tree(tree)));
  for (const tree of TREES) {
    const { huge1g, huge2m } = view_of(ref, tree);
    for (const [giga, set] of huge1g.entries())
      if (set) add(standing_giga(ref, tree, giga) * fan_out * fan_out, ROOT_LEVEL, tree);
    if (tables_of(tree) !== tree) continue;
    for (const [region, set] of huge2m.entries()) if (set) add(region * fan_out, 2, tree);
  }
  for (const { mmu, region, small } of ref.tables) {
    for (const [offset, set] of small.entries()) if (set) add(region * fan_out + offset, 1, mmu);
  }
  return leaves;
}
