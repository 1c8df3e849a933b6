/**
 * A machine after one command as plain data, for whoever draws it: both sides, the lists and counters, TLBs, and who is paused
 * where. Nothing of the machine itself is in it, so that it can be kept, sent and compared.
 */

import type { Paused } from '../../harness/run/step';
import { standing_level, tree_of } from '../kernel/sp';
import { EXEC, is_leaf, spte_gfn, WRITE } from '../kernel/spte';
import type { Kvm, kvm_mmu_page } from '../kernel/types';
import { u64_text } from '../kernel/u64';
import { list_of, mapped_pages, split_counts } from '../spec/recovery';
import type { Reference } from '../spec/reference';
import { standing_giga } from '../spec/tables';
import { view_of } from '../spec/views';
import { type Mmu, mmu_of_tree, ROOT_LEVEL, TREES, type Tree, tables_of, type World } from '../world/world';
import { type CommandText, threads_of } from './threads';
import type { View } from './view';

/** A page table below the root, of 4K entries (`level` 1, one region) or of 2M entries (`level` 2, a whole 1G page). */
export interface TableSeen {
  readonly tree: Tree;
  readonly level: number;
  /** The first 2M region that it maps. */
  readonly region: number;
  /** The implementation's flag (an exec fault built it); on the reference's side, that it is a split. */
  readonly flagged: boolean;
  /** The list of NX splits that it is on, or (the reference) that it belongs on; null: it is no split. */
  readonly list: number | null;
  /** It hangs in the tree; the shadow MMU cuts tables off and finds them again. */
  readonly linked: boolean;
}

/** A leaf: what maps memory. */
export interface LeafSeen {
  /** The MMU that it serves; leaves below a root are both nested guests'. */
  readonly mmu: Mmu;
  /** 1 for 4K, 2 for 2M, 3 for 1G. */
  readonly level: number;
  readonly region: number;
  /** The 4K page in its region; 0 for larger ones. */
  readonly offset: number;
  /** `w` and `x` where it grants them; null on the reference's side, which keeps no rights. */
  readonly rights: string | null;
}

export interface SideSeen {
  readonly tables: readonly TableSeen[];
  readonly leaves: readonly LeafSeen[];
}

/** A list beside its counter, and the number of splits that the reference counts for it. */
export interface ListSeen {
  readonly name: string;
  /** What hangs on it; null if it is corrupted. */
  readonly listed: number | null;
  /** As text, since it may wrap around. */
  readonly counter: string;
  readonly splits: number | null;
}

export interface PassSeen {
  /** By a command, not by the clock. */
  readonly direct: boolean;
  readonly lists: readonly { readonly name: string; readonly to_zap: string; readonly taken: number }[];
}

/** What a TLB holds: the 4K pages [gfn, gfn + size). */
export interface TlbSeen {
  readonly vcpu: number;
  readonly mmu: Mmu;
  readonly gfn: number;
  readonly size: number;
  readonly rights: string;
}

export interface SlotSeen {
  readonly id: number;
  /** The first region; null while the slot does not exist. */
  readonly region: number | null;
  readonly regions: number;
  readonly backing: string;
  readonly dirty_log: boolean;
}

/** Both sides after one command. */
export interface Frame {
  readonly implementation: SideSeen;
  readonly reference: SideSeen;
  readonly lists: readonly ListSeen[];
  /** `nx_lpage_splits`. */
  readonly stat: string;
  /** Pages mapped with 4K, 2M and 1G, as the implementation counts them, and as many as the reference maps. */
  readonly pages: { readonly implementation: readonly number[]; readonly reference: readonly number[] };
  readonly passes: readonly PassSeen[];
  /** The thread that the command ran on, and those that are paused. */
  readonly running: string | null;
  readonly paused: readonly Paused[];
  readonly tlb: readonly TlbSeen[];
  readonly slots: readonly SlotSeen[];
  /** How the implementation died during this command, or null. */
  readonly crash: string | null;
  /** Whether both sides can be compared: while something is paused the reference is not told what is mapped. */
  readonly comparable: boolean;
  /** Entries of a page table in this world: so many 4K pages in a region, and regions in a 1G page. */
  readonly fan_out: number;
}

const rights_of = (access: number): string => `${access & WRITE ? 'w' : ''}${access & EXEC ? 'x' : ''}`;

function implementation_side(kvm: Kvm, list_of_page: ReadonlyMap<kvm_mmu_page, number>): SideSeen {
  const tables: TableSeen[] = [];
  const leaves: LeafSeen[] = [];
  const { fan_out } = kvm.world;
  for (const sp of kvm.sps) {
    const level = sp.is_root ? ROOT_LEVEL : standing_level(sp);
    const root_of = sp.is_root ? TREES.find((tree) => kvm.roots[mmu_of_tree(tree)] === sp) : undefined;
    const tree = root_of ?? tree_of(sp);
    if (!sp.is_root) {
      tables.push({
        tree,
        level,
        region: Math.floor(sp.gfn / fan_out),
        flagged: sp.nx_huge_page_disallowed,
        list: list_of_page.get(sp) ?? null,
        linked: sp.parent_ptes.length > 0,
      });
    }
    for (const [index, spte] of sp.spt.entries()) {
      if (!is_leaf(spte, level) || sp.child[index]) continue;
      const gfn = spte_gfn(fan_out, sp, level, index);
      leaves.push(leaf(kvm.world, mmu_of_tree(tree), level, gfn, rights_of(spte)));
    }
  }
  return { tables, leaves };
}

const leaf = ({ fan_out }: World, mmu: Mmu, level: number, gfn: number, rights: string | null): LeafSeen => ({
  mmu,
  level,
  region: Math.floor(gfn / fan_out),
  offset: level === 1 ? gfn % fan_out : 0,
  rights,
});

function reference_side(ref: Reference): SideSeen {
  const { fan_out } = ref.world;
  const leaves: LeafSeen[] = [];
  const add = (tree: Tree, level: number, gfn: number) =>
    leaves.push(leaf(ref.world, mmu_of_tree(tree), level, gfn, null));
  for (const tree of TREES) {
    const { huge1g, huge2m } = view_of(ref, tree);
    for (const [giga, set] of huge1g.entries())
      if (set) add(tree, ROOT_LEVEL, standing_giga(ref, tree, giga) * fan_out * fan_out);
    if (tables_of(tree) !== tree) continue;
    for (const [region, set] of huge2m.entries()) if (set) add(tree, 2, region * fan_out);
  }
  const tables = ref.tables.map(({ mmu, level, region, built, linked, small }): TableSeen => {
    for (const [offset, set] of small.entries()) if (set) add(mmu, 1, region * fan_out + offset);
    const list = built === 'split' ? list_of(ref, mmu) : null;
    return { tree: mmu, level, region, flagged: built === 'split', list, linked };
  });
  return { tables, leaves };
}

/** The names of lists, where there are several. */
const LIST_NAMES = ['shadow', 'tdp'] as const;
const name_of_list = (kvm: Kvm, list: number): string =>
  kvm.lists.length === 1 ? 'all' : (LIST_NAMES[list] ?? String(list));

/** The machine as it is now. `text` writes a command as it is written in programs. */
export function frame_of({ kvm, ref, command, audit, passes, crash, quiescent }: View, text: CommandText): Frame {
  // All that stand there, also where both sides have differed before: the map beside it shows those, too.
  const splits = quiescent ? split_counts(ref) : null;
  const list_of_page = new Map(audit.lists.flatMap(({ pages }, list) => pages.map((page) => [page, list] as const)));
  return {
    implementation: implementation_side(kvm, list_of_page),
    reference: reference_side(ref),
    lists: audit.lists.map(({ length, counter }, list) => {
      const counted = splits?.[list] ?? null;
      return { name: name_of_list(kvm, list), listed: length, counter: u64_text(counter), splits: counted };
    }),
    stat: u64_text(audit.stat),
    pages: { implementation: [...kvm.stat.pages], reference: [...mapped_pages(ref)] },
    passes: passes.map(({ record: { direct, lists } }) => ({
      direct,
      lists: lists.map(({ list, to_zap, taken }) => ({
        name: name_of_list(kvm, list),
        to_zap: String(to_zap),
        taken: taken.length,
      })),
    })),
    ...threads_of({ kvm, command }, text),
    tlb: kvm.tlb.map(({ vcpu, mmu, gfn, size, access }) => ({ vcpu, mmu, gfn, size, rights: rights_of(access) })),
    slots: kvm.memslots.map(({ id, base_gfn, npages, backing, dirty_log }) => ({
      id,
      region: base_gfn < 0 ? null : base_gfn / kvm.world.fan_out,
      regions: npages / kvm.world.fan_out,
      backing,
      dirty_log,
    })),
    crash,
    comparable: quiescent && crash === null,
    fan_out: kvm.world.fan_out,
  };
}
