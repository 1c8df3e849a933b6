/** Page-table levels as in the kernel: a table at level L has SPTEs that map pages of level L. */
export const PG_LEVEL_4K = 1;
export const PG_LEVEL_2M = 2;
export const PG_LEVEL_1G = 3;
/** Roots are at 1G. The level above (512G) never has a leaf and adds nothing to the accounting of huge pages. */
export const ROOT_LEVEL = PG_LEVEL_1G;

/** The page size with which the host backs a slot. */
export const BACKINGS = ['4k', '2m', '1g'] as const;
export type Backing = (typeof BACKINGS)[number];
/** The page-table level of a backing: 1 for 4k, 2 for 2m, 3 for 1g. */
export const backing_level = (backing: Backing): number => BACKINGS.indexOf(backing) + 1;

/**
 * Who makes the access. `tdp`: L1, through the TDP MMU if there is one. `shadow`: a nested guest, always through the
 * shadow MMU. `smm`: L1 in system management mode, as `tdp` but in its own address space. `shadow2`: a second nested
 * guest, which has its own root and shares all direct shadow pages with the first.
 */
export const MMUS = ['tdp', 'shadow', 'smm', 'shadow2'] as const;
export type Mmu = (typeof MMUS)[number];
export type Nested = 'shadow' | 'shadow2';
export const is_nested = (mmu: Mmu): mmu is Nested => mmu === 'shadow' || mmu === 'shadow2';

/**
 * The sets of tables that map for an access. If the entry of a nested guest's hypervisor is not dirty, KVM maps
 * read-only, with direct tables whose role says so. They stay when the first write builds the tables with write access. If the
 * entry leads to a page directory, a table of KVM shadows that; the tables of 4K pages below it are those of the first tree.
 */
const TREES_OF_1G = [...MMUS, 'shadow_clean', 'shadow2_clean'] as const;
export const TREES = [...TREES_OF_1G, 'shadow_2m', 'shadow2_2m'] as const;
export type Tree = (typeof TREES)[number];
/** By nested guest, the tree for entries that are not dirty. */
export const CLEAN = { shadow: 'shadow_clean', shadow2: 'shadow2_clean' } as const;
/** By nested guest, the tree for entries that lead to a page directory. */
export const IN_2M = { shadow: 'shadow_2m', shadow2: 'shadow2_2m' } as const;
/** Whose accesses a tree serves. */
export const mmu_of_tree = (tree: Tree): Mmu =>
  tree === 'shadow_clean' || tree === 'shadow_2m'
    ? 'shadow'
    : tree === 'shadow2_clean' || tree === 'shadow2_2m'
      ? 'shadow2'
      : tree;
const OF_GUEST = {
  shadow: ['shadow', 'shadow_clean', 'shadow_2m'],
  shadow2: ['shadow2', 'shadow2_clean', 'shadow2_2m'],
} as const;
/** The trees that serve accesses through this MMU. */
export const trees_of = (mmu: Mmu): readonly Tree[] => (is_nested(mmu) ? OF_GUEST[mmu] : [mmu]);
/** The tree whose name its tables below the root have: both nested guests share these tables. */
export const tables_of = (tree: Tree): Tree =>
  tree === 'shadow2'
    ? 'shadow'
    : tree === 'shadow2_clean'
      ? 'shadow_clean'
      : tree === 'shadow2_2m'
        ? 'shadow_2m'
        : tree;
const BOTH = {
  shadow: ['shadow', 'shadow2'],
  shadow_clean: ['shadow_clean', 'shadow2_clean'],
  shadow_2m: ['shadow_2m', 'shadow2_2m'],
} as const;
/** The trees whose tables below the root have this name. */
export const trees_sharing = (tree: Tree): readonly Tree[] =>
  tree === 'shadow' || tree === 'shadow_clean' || tree === 'shadow_2m' ? BOTH[tree] : [tree];
/** The same for its tables of 4K pages: below a page directory they are direct, as those of the first tree are. */
export const small_tables_of = (tree: Tree): Tree => (is_of_2m(tree) ? 'shadow' : tables_of(tree));
/** Whether what the tree maps goes through a page directory of a nested guest's hypervisor. */
export const is_of_2m = (tree: Tree): boolean => tree === 'shadow_2m' || tree === 'shadow2_2m';
/** The trees that may have anything, if these are all tables: what goes through a page directory has a table of its own. */
export function trees_with(tables: readonly { readonly mmu: Tree }[]): readonly Tree[] {
  for (let i = 0; i < tables.length; i++) if (tables[i]?.mmu === 'shadow_2m') return TREES;
  return TREES_OF_1G;
}
/** Whether the tables of the tree may grant writes. */
export const grants_writes = (tree: Tree): boolean => tree !== 'shadow_clean' && tree !== 'shadow2_clean';

/**
 * Why a table was built. `split`: an exec fault where a huge page was wanted. `exec`: an exec fault elsewhere. `plain`:
 * another reason.
 */
export const BUILT = ['plain', 'exec', 'split'] as const;
export type Built = (typeof BUILT)[number];
/** Address spaces (`as_id`): 1 is what vCPUs see in system management mode. */
export type AddressSpace = 0 | 1;
export const address_space = (tree: Tree): AddressSpace => (tree === 'smm' ? 1 : 0);

/** A memslot as userspace sets it up. Addresses and lengths are in 2M regions (`page` in the commands). */
export interface SlotShape {
  readonly home: number;
  /** Where `move_slot to=away` puts it. It has the same alignment as `home`. */
  readonly away: number;
  readonly regions: number;
  readonly backing: Backing;
  /** The slot is in the address space of system management mode, not in the usual one. */
  readonly as?: 1;
}

/**
 * When a VM protects the pages of a dirty-logged slot again. `plain`: as soon as userspace reads the log. `manual`: when
 * userspace clears a page's bit (KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2). `initially_set`: the same, and logging begins with
 * all pages dirty, so nothing is protected before its bit is cleared (KVM_DIRTY_LOG_INITIALLY_SET).
 */
export const DIRTY_LOG_MODES = ['plain', 'manual', 'initially_set'] as const;
export type DirtyLogMode = (typeof DIRTY_LOG_MODES)[number];

/** What userspace says of a VM as it creates it. */
export interface OfAVm {
  /** With KVM_CAP_VM_DISABLE_NX_HUGE_PAGES, which must be set before the first vCPU is made. */
  readonly exempt: boolean;
  /** False where KVM_CAP_DISABLE_QUIRKS2 turns KVM_X86_QUIRK_SLOT_ZAP_ALL off. */
  readonly slot_zap_all: boolean;
  /** KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2. */
  readonly dirty_log: DirtyLogMode;
}
export const AS_USUAL: OfAVm = { exempt: false, slot_zap_all: true, dirty_log: 'plain' };

/** What `clear_dirty_log` clears the dirty bits of: a 4K page, its 2M region, its slot. */
export const CLEARED = ['4k', '2m', 'slot'] as const;
export type Cleared = (typeof CLEARED)[number];

/** The shadow pages that a VM may have at first: more than a program can use up. */
export const DEFAULT_MMU_PAGES = 1024;

/** The machine on which a program runs. All sizes are here, so that a certificate can name them. */
export interface World {
  readonly name: string;
  /** Entries in a page table: 512 on hardware. A 2M region has `fan_out` 4K pages, a 1G page `fan_out` regions. */
  readonly fan_out: number;
  /** PTEs that the shadow MMU maps around a fault (PTE_PREFETCH_NUM, 8 in the kernel); 1 turns it off. */
  readonly prefetch: number;
  /** 2M regions of guest-physical address space that commands may name. */
  readonly regions: number;
  readonly vcpus: number;
  readonly slots: readonly SlotShape[];
  /** Whether the TDP MMU maps L1 (`kvm.tdp_mmu`). Baselines before 5.10 have no TDP MMU and ignore it. */
  readonly tdp_mmu: boolean;
  /** Every fresh VM has run before a program begins, because the agent for real kernels runs it first. */
  readonly has_run: boolean;
}

/** All vCPUs of the world, as bits. */
export const all_vcpus = ({ vcpus }: World): number => (1 << vcpus) - 1;

/** The world of a second VM on the same machine: one region and one vCPU. */
export const beside = ({ name, fan_out, prefetch, tdp_mmu, has_run }: World): World => ({
  // Field by field: V8 gives what a spread makes another shape.
  name: `beside ${name}`,
  fan_out,
  prefetch,
  regions: 1,
  vcpus: 1,
  slots: [{ home: 0, away: 0, regions: 1, backing: '2m' }],
  tdp_mmu,
  has_run,
});

/** Whether this is the world of a second VM. */
export const is_beside = ({ name }: World): boolean => name.startsWith('beside ');

/** Number of 1G pages: they hold all regions that commands may name, and every place to which a slot may move. */
export function pages_1g({ fan_out, regions: all, slots }: World): number {
  const reach = slots.map(({ home, away, regions }) => Math.max(home, away) + regions);
  return Math.ceil(Math.max(all, ...reach) / fan_out);
}

/**
 * The first 1G page where no slot is at first. A nested guest's hypervisor keeps its page directory of the first 1G page there, in the
 * first 4K page. That this page is memory is not modelled; only that its gfn is that of the 1G page.
 */
export function giga_of_directory({ fan_out, slots }: World): number {
  const taken = slots.flatMap(({ home, regions }) => [
    Math.floor(home / fan_out),
    Math.floor((home + regions - 1) / fan_out),
  ]);
  let giga = 0;
  while (taken.includes(giga)) giga++;
  return giga;
}

/**
 * The default world for searching: one slot of each backing, one for SMM, and small tables, so that commands affect the
 * same pages.
 */
export const SMALL_WORLD: World = {
  name: 'small',
  fan_out: 4,
  prefetch: 2,
  regions: 32,
  vcpus: 2,
  slots: [
    { home: 0, away: 16, regions: 8, backing: '2m' },
    { home: 8, away: 12, regions: 4, backing: '1g' },
    { home: 24, away: 25, regions: 1, backing: '4k' },
    { home: 28, away: 30, regions: 2, backing: '2m', as: 1 },
  ],
  tdp_mmu: true,
  has_run: false,
};

/**
 * The same with SMM's slot over normal memory, as SMRAM is on hardware: a gfn means different memory in the two address
 * spaces. For single programs only, because the host's commands (`invalidate`) name memory by its gfn, and symmetry
 * distinguishes slots by their gfns.
 */
export const SMM_OVER_MEMORY: World = {
  ...SMALL_WORLD,
  name: "SMM's slot over normal ones",
  slots: SMALL_WORLD.slots.map((slot) => (slot.as === 1 ? { ...slot, home: 0, away: 2 } : slot)),
};

/**
 * The world of a real kernel: tables of the hardware's size, but few enough to be made in a moment. Slot 0 is where
 * SMALL_WORLD has it, so that a program from one world can be tried in the other.
 */
export const LIVE_WORLD: World = {
  name: 'live',
  fan_out: 512,
  prefetch: 8,
  regions: 26,
  vcpus: 2,
  slots: [
    { home: 0, away: 16, regions: 8, backing: '2m' },
    { home: 24, away: 25, regions: 1, backing: '4k' },
  ],
  tdp_mmu: true,
  has_run: true,
};

/** A real kernel with a slot that one 1G page backs. */
export const GIANT_WORLD: World = {
  ...LIVE_WORLD,
  name: 'giant',
  regions: 512,
  slots: [{ home: 0, away: 1024, regions: 512, backing: '1g' }],
};

/**
 * A real kernel whose guest has memory in two 1G pages, so that an entry of L1's tables may point to the other one; or to the
 * third, which is outside all slots.
 */
export const TWO_GIGAS: World = {
  ...LIVE_WORLD,
  name: 'two 1G pages',
  regions: 1032,
  slots: [
    { home: 0, away: 16, regions: 8, backing: '2m' },
    { home: 512, away: 528, regions: 8, backing: '2m' },
  ],
};

/** The world of the recorded programs: one slot of 2M-backed regions on hardware-sized tables. */
export function recorded_world(regions: number): World {
  const slot: SlotShape = { home: 0, away: 512, regions, backing: '2m' };
  return {
    name: 'recorded',
    fan_out: 512,
    prefetch: 8,
    regions,
    vcpus: 1,
    slots: [slot],
    tdp_mmu: true,
    has_run: true,
  };
}
