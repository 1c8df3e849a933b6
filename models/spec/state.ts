/** The state of the reference. `adopts`: what it takes over from the kernel side when it adopts (adopt.ts). */
import {
  amount,
  bit,
  by_hand,
  choice,
  fixed,
  flags,
  GIVEN,
  int,
  left_out,
  link,
  moment,
  nullable,
  numbers,
  record,
  rows,
  type State,
  scratch,
  structure,
} from '../layout/layout';
import {
  type AddressSpace,
  BACKINGS,
  type Backing,
  BUILT,
  type Built,
  DEFAULT_MMU_PAGES,
  DIRTY_LOG_MODES,
  type DirtyLogMode,
  TREES,
  type Tree,
  type World,
} from '../world/world';
import type { Contract } from './contract';

const TOLD = by_hand('table by table (adopt.ts)');
/** The reference knows by itself what commands ask for, even while a command is paused: the kernel is judged by it. */
const ASKED_FOR = left_out('set by commands');

/** A page table below the root: of 4K leaves (`level` 1, for one region) or of 2M entries (`level` 2). */
export const TABLE = {
  mmu: choice<Tree>(TREES, { begins: GIVEN }),
  level: choice<1 | 2>([1, 2], {
    begins: GIVEN,
    print: by_hand('as the place of the table (fingerprint_reference.ts)'),
  }),
  /** First region it maps. */
  region: int({ begins: GIVEN, print: by_hand('as the place of the table (fingerprint_reference.ts)') }),
  built: choice<Built>(BUILT),
  /** When it became a split: the order of pages in the kernels' lists. */
  since: int({
    print: left_out(
      'used only when the reference replays a recorded program alone; otherwise it follows what the kernel takes',
    ),
  }),
  /** Linked (level 1 only). The shadow MMU unlinks tables and finds them again, with their leaves. */
  linked: bit({ begins: true }),
  /** Linked to the table that shadows a page directory (level 1 only): that may be so as well, or alone. */
  linked_2m: bit(),
  /** The 4K pages that it maps (level 1 only). */
  small: flags({ print: by_hand('each where it is (fingerprint_reference.ts)') }),
  /**
   * Of these, the ones that dirty logging has write-protected and that have not been written to since. Kept only for
   * tables of nested guests, where the fault of such a write maps neighbours too, and for those of the TDP MMU where a
   * log begins with all pages dirty: there, huge pages that return may be writable or not.
   */
  guarded: flags({ print: by_hand('with the 4K page (fingerprint_reference.ts)') }),
};
export interface Table extends State<typeof TABLE> {}

const FLAG_BYTES = {
  copy: by_hand('packed into `flags` (copy_reference.ts)'),
  equal: by_hand('packed into `flags` (same.ts)'),
  print: by_hand('each where it is (fingerprint_reference.ts)'),
} as const;
const BY_PLACE = {
  copy: left_out('each table of `tables` is put in its place'),
  equal: left_out('follows from `tables`'),
  print: left_out('follows from `tables`'),
} as const;

/**
 * What one tree has mapped: L1's in each address space, and for each nested guest one for dirty entries of its
 * hypervisor, one for clean ones and one for those that lead to a page directory. Tables by their place, and huge leaves (flags are 0 or 1). Two nested guests share
 * everything except the entries of their roots.
 */
export const MAPPED = {
  /** The root points to the table at this place of `table2`. */
  links: structure<Uint8Array>(FLAG_BYTES),
  table2: structure<(Table | null)[]>(BY_PLACE),
  table1: structure<(Table | null)[]>(BY_PLACE),
  huge1g: structure<Uint8Array>(FLAG_BYTES),
  huge2m: structure<Uint8Array>(FLAG_BYTES),
};
export interface Mapped extends State<typeof MAPPED> {}

/** A memory slot. Addresses are in 2M regions, as everywhere in the reference. */
export const SLOT = {
  as: fixed<AddressSpace>("the world's"),
  /** Its first region; null while the slot does not exist. */
  region: nullable({ begins: GIVEN, adopts: ASKED_FOR }),
  backing: choice<Backing>(BACKINGS, { begins: GIVEN, adopts: ASKED_FOR }),
  dirty_log: bit({ adopts: ASKED_FOR }),
  /** For each region of the slot: the host has 4K pages there at the moment. */
  broken: flags({
    adopts: 'broken',
    print: left_out("equal to the kernel's: the host breaks the pages of both"),
  }),
};
export interface Slot extends State<typeof SLOT> {}

export const GPTE_CLEAN = {
  shadow: flags({ anew: 'vm', adopts: 'gpte_clean.shadow', print: by_hand('with the 1G page (fingerprint.ts)') }),
  shadow2: flags({ anew: 'vm', adopts: 'gpte_clean.shadow2', print: by_hand('with the 1G page (fingerprint.ts)') }),
};

export const WRITTEN = {
  shadow: int({ begins: -1, anew: 'vm', adopts: by_hand('of the root, if there is one (adopt.ts)') }),
  shadow2: int({ begins: -1, anew: 'vm', adopts: by_hand('of the root, if there is one (adopt.ts)') }),
};

export const REMAPPED = {
  shadow: int({ anew: 'vm', adopts: ASKED_FOR }),
  shadow2: int({ anew: 'vm', adopts: ASKED_FOR }),
};

export const STANDING = {
  shadow: int({ anew: 'vm', adopts: by_hand('of the root, if there is one (adopt.ts)') }),
  shadow2: int({ anew: 'vm', adopts: by_hand('of the root, if there is one (adopt.ts)') }),
};

/** The specification: what is mapped, and which tables are splits. It keeps no counters: it counts. */
export const REFERENCE = {
  contract: fixed<Contract>('the same object in all machines that are compared'),
  world: fixed<World>('the same object in all machines that are compared'),
  /** All tables of both MMUs, linked or not; and the number of tables that were ever built. */
  tables: structure<Table[]>({
    begins: [],
    adopts: TOLD,
    copy: by_hand('each, and where it stands (copy_reference.ts)'),
    equal: by_hand('the same length, and each entry equal (same.ts)'),
    print: by_hand('each in its place (fingerprint_reference.ts)'),
  }),
  tables_ever: int({
    adopts: TOLD,
    print: left_out('tells only whether a table has come or gone since it was last looked at'),
  }),
  splits_ever: int({ adopts: TOLD, print: left_out('what `since` of the next split will be') }),
  /** The flags of all views, eight in each number, so that they are copied, compared and cleared together. */
  flags: structure<Float64Array>({ ...FLAG_BYTES, adopts: TOLD }),
  /** The same flags, one element each. */
  flag_bytes: fixed<Uint8Array>('the bytes of `flags`'),
  views: fixed<Record<Tree, Mapped>>('what is in it, MAPPED says'),
  slots: rows<Slot>(SLOT, { anew: 'vm' }),
  /** For each 1G page: the dirty bit is clear in the entry of a nested guest's hypervisor. */
  gpte_clean: record<State<typeof GPTE_CLEAN>>(GPTE_CLEAN, { anew: 'vm' }),
  /** The 4K pages that userspace has made private, in ascending order, by their numbers in the address space. */
  are_private: numbers({
    anew: 'vm',
    adopts: ASKED_FOR,
    print: left_out("equal to the kernel's, or to what the paused command makes of that"),
  }),
  /** The 1G pages to which these entries point now, and whether by a page directory; and those that are mapped through them since the last fault (entries.ts). */
  remapped: record<State<typeof REMAPPED>>(REMAPPED, { anew: 'vm' }),
  standing: record<State<typeof STANDING>>(STANDING, { anew: 'vm' }),
  nx: bit({ anew: 'host', begins: true, adopts: ASKED_FOR }),
  /** This VM is exempt from the mitigation. */
  exempt: bit({ anew: 'vm', begins: GIVEN, adopts: ASKED_FOR }),
  /** KVM_X86_QUIRK_SLOT_ZAP_ALL: with a slot all goes that this VM has mapped. Off: the slot's leaves, and no more is promised. */
  slot_zap_all: bit({ anew: 'vm', begins: GIVEN, adopts: ASKED_FOR }),
  dirty_log_mode: choice<DirtyLogMode>(DIRTY_LOG_MODES, { anew: 'vm', begins: GIVEN, adopts: ASKED_FOR }),
  /** Another VM on this host, if there is one: its parameters and clock are the same, and it has none beside it. */
  other: link<Reference | null>({
    begins: null,
    adopts: ASKED_FOR,
    copy: by_hand('a reference of its own (session_copy.ts)'),
    equal: by_hand('as this one (session_copy.ts)'),
    print: by_hand('its own fingerprint (fingerprint.ts)'),
  }),
  /** The mitigation is off for good: parameters cannot be written any more, and VMs have no worker. */
  never: bit({ anew: 'host', adopts: ASKED_FOR }),
  ratio: amount({ anew: 'host', begins: 60, adopts: ASKED_FOR }),
  period_ms: amount({ anew: 'host', adopts: ASKED_FOR }),
  now: amount({
    anew: 'host',
    adopts: 'now',
    print: by_hand("as how far it is behind the kernel's, and what moments are distances from"),
  }),
  /** The recovery worker exists. */
  worker: bit({ anew: 'vm', begins: GIVEN, adopts: ASKED_FOR }),
  /** The worker was killed: the VM gets no other worker while it lives. */
  killed: bit({ anew: 'vm', adopts: ASKED_FOR }),
  last_pass: moment('now', { anew: 'vm', begins: GIVEN, adopts: 'worker.last' }),
  /** The vCPUs that have loaded L1's roots, as bits; kept only where a root goes with the last of them. */
  root_holders: int({
    anew: 'vm',
    begins: GIVEN,
    adopts: 'root_holders',
    print: by_hand('each by the number of its vCPU (fingerprint.ts)'),
  }),
  /** Number of shadow pages that may exist. */
  mmu_pages: int({ anew: 'vm', begins: DEFAULT_MMU_PAGES, adopts: ASKED_FOR }),
  /**
   * Writes by each nested guest's hypervisor since its guest's last fault; -1 while the table that it writes to is not
   * shadowed.
   */
  written: record<State<typeof WRITTEN>>(WRITTEN, { anew: 'vm' }),
  /** The level at which the last access must be mapped. 0: outside all slots, or no access. */
  access_level: scratch<number>(0),
  /** The last access faulted, because nothing that was mapped served it. */
  access_faulted: scratch<boolean>(false),
  /** What this command took a slot away from, where the slot's leaves alone had to go: tables there may have gone along. */
  slot_gone: scratch<{ readonly from: number; readonly to: number } | null>(null),
  /** A pass must have happened by now. */
  pass_due: scratch<boolean>(false),
  /** What this command's write to a parameter comes back with; null: nothing was written. */
  errno: scratch<'0' | 'EPERM' | 'EBUSY' | 'EINVAL' | null>(null),
  /** What a prefault answers; null if there was none. */
  prefault: scratch<'0' | 'EINVAL' | 'EOPNOTSUPP' | 'ENOENT' | null>(null),
};
export interface Reference extends State<typeof REFERENCE> {}
