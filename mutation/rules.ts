/** Rules of the kernel's own that no claim is about: short programs, and what must be seen at their end. */
import { warn } from '../models/kernel/fault';
import { standing_level } from '../models/kernel/nx_huge_pages';
import type { KernelOps } from '../models/kernel/ops';
import type { Kvm } from '../models/kernel/types';
import { SMALL_WORLD, type World } from '../models/world';
import { exec, flushed, nested, pages, type Rule, read } from './rule';
import { RULES_OF_MACHINES } from './rules_of_machines';
import { RULES_OF_PAUSES } from './rules_of_pauses';
import { RULES_OF_SLOTS } from './rules_of_slots';
import { RULES_OF_TLBS } from './rules_of_tlbs';

const taken_by_reclaim = ({ record }: Kvm): number => record.reclaimed.length;
const flushes = ({ stat }: Kvm): number => stat.remote_tlb_flush_requests;
const shadow_pages = ({ sps }: Kvm): number => sps.filter((sp) => !sp.tdp_mmu_page && !sp.is_root).length;

/** A table at 2M, and three below it. */
const FOUR_TABLES = [0, 1, 2].map((page) => nested('exec', page));

/** Under dirty logging huge pages are split; the tables stay when it ends. */
const LOGGED = ['dirty_log on=1', 'dirty_log on=0'];

const LIMIT: readonly Rule[] = [
  {
    rule: 'a lower limit of shadow pages takes effect at once, and takes no more than it must',
    on: ['v5.5'],
    program: [...FOUR_TABLES, 'nr_mmu_pages pages=2'],
    sees: shadow_pages,
    want: 2,
  },
  {
    rule: 'a limit that is not reached takes nothing',
    on: ['v5.5', 'v6.18'],
    program: [...FOUR_TABLES, 'nr_mmu_pages pages=4'],
    sees: taken_by_reclaim,
    want: 0,
  },
  {
    rule: 'a fault at the limit makes room for one page, and for no more',
    on: ['v5.5'],
    program: [...FOUR_TABLES, 'nr_mmu_pages pages=4', nested('exec', 3)],
    sees: taken_by_reclaim,
    want: 1,
  },
  {
    rule: 'a fault below the limit makes no room',
    on: ['v5.5', 'v6.18'],
    program: [...FOUR_TABLES, 'nr_mmu_pages pages=5', nested('exec', 3)],
    sees: taken_by_reclaim,
    want: 0,
  },
  {
    rule: 'reclaim that finds nothing flushes nothing',
    on: ['v5.5', 'v6.18'],
    program: ['reclaim pages=1'],
    sees: flushes,
    want: 0,
  },
  {
    rule: 'pages of one age go together: by their age alone nobody can say which of them is the oldest',
    on: ['v6.2', 'v6.18'],
    program: [nested('read', 0), nested('read', 1), ...LOGGED, nested('read', 0), nested('read', 1), 'reclaim pages=2'],
    sees: taken_by_reclaim,
    want: 3,
  },
  {
    rule: 'a page that a later split uses again keeps its age',
    on: ['v6.2', 'v6.18'],
    program: [
      nested('read', 0),
      ...LOGGED,
      nested('read', 0),
      nested('read', 1),
      ...LOGGED,
      nested('read', 0),
      nested('read', 1),
      'reclaim pages=2',
    ],
    sees: taken_by_reclaim,
    want: 2,
  },
  {
    rule: 'a table that is linked nowhere is taken with all that is below',
    on: ['v6.2', 'v6.18'],
    program: [
      'dirty_log on=1 slot=1',
      nested('read', 8),
      'dirty_log on=0 slot=1',
      nested('read', 8),
      'reclaim pages=1',
    ],
    sees: ({ record }) => record.reclaimed.map(({ level }) => level).join(),
    want: '1,2',
  },
  {
    rule: 'a guest whose KVM_RUN fails for ever maps nothing',
    on: ['B25'],
    program: ['signal', 'guest_read mmu=tdp page=0 offset=0'],
    sees: pages,
    want: '0/0/0',
  },
];

const FLUSHES: readonly Rule[] = [
  {
    rule: 'a fault that replaces nothing flushes nothing',
    on: ['v5.5', 'v5.10', 'v5.18', 'v6.18'],
    program: [nested('exec', 0), nested('read', 1), exec(0), read(1), 'guest_exec mmu=tdp page=8 offset=0'],
    sees: flushes,
    want: 0,
  },
  {
    rule: 'a huge leaf is flushed before a table takes its place',
    on: ['v5.5', 'v6.18'],
    program: [nested('read', 0), nested('exec', 0)],
    sees: flushes,
    want: 1,
  },
  {
    rule: 'a huge leaf that takes the place of a table flushes that',
    on: ['v6.2', 'v6.18'],
    program: ['dirty_log on=1', nested('write', 0), 'dirty_log on=0', nested('read', 0)],
    sees: flushed,
    want: 1,
  },
  {
    rule: 'a huge TDP leaf that takes the place of a table flushes that',
    on: ['v6.2', 'v6.18'],
    program: ['invalidate_4k page=0 offset=0', read(0), 'invalidate page=0', read(0)],
    sees: flushed,
    want: 1,
  },
  {
    rule: 'a huge TDP leaf that goes for a table is flushed',
    on: ['v5.10', 'v5.12', 'v5.18'],
    program: [read(0), exec(0)],
    sees: flushed,
    want: 1,
  },
  {
    rule: 'what the host takes from below a new root is flushed, whatever is below an old one',
    on: ['v5.10', 'v6.18'],
    program: [exec(0), exec(4), 'nx_huge_pages on=0 pause=1', read(0), 'invalidate page=0'],
    sees: flushed,
    want: 1,
  },
  {
    rule: 'what the host does not take from there is not',
    on: ['v5.10', 'v6.18'],
    program: [exec(0), exec(4), 'nx_huge_pages on=0 pause=1', read(0), 'invalidate page=5'],
    sees: flushed,
    want: 0,
  },
  {
    rule: 'obsolete TDP tables owe no flush: no vCPU uses their roots',
    on: ['v5.10', 'v6.18'],
    program: [exec(0), 'nx_huge_pages on=0'],
    sees: flushed,
    want: 0,
  },
  {
    rule: 'a pass that nobody interrupts flushes once',
    on: ['v5.5', 'v5.10', 'v5.18', 'v6.2'],
    program: [exec(0), exec(1), nested('exec', 0), nested('exec', 1), 'recover ratio=1'],
    sees: ({ record }) => record.passes[0]?.flushes ?? -1,
    want: 1,
  },
  {
    rule: 'a pass that nobody interrupts flushes once a list',
    on: ['v6.18', 'patch-v1-mended'],
    program: [exec(0), exec(1), nested('exec', 0), nested('exec', 1), 'recover ratio=1'],
    sees: ({ record }) => record.passes[0]?.flushes ?? -1,
    want: 2,
  },
  {
    rule: 'a pass over pages of one MMU flushes once',
    on: ['v6.18', 'patch-v1-mended'],
    program: [exec(0), exec(1), 'recover ratio=1'],
    sees: ({ record }) => record.passes[0]?.flushes ?? -1,
    want: 1,
  },
];

/** Something is paused at the first place where it can be; then another thread wants the lock, and does not wait. */
const lets_in = (
  what: string,
  on: readonly string[],
  before: readonly string[],
  paused: string,
  pause: number = 1,
): Rule => ({
  rule: `${what} drops its lock where another wants it`,
  on,
  program: [...before, `${paused} pause=${pause}`, 'guest_read mmu=shadow page=5 offset=0 vcpu=1'],
  sees: (kvm) => `${kvm.paused.length} paused, mapped at ${kvm.record.mapped_level}`,
  want: '1 paused, mapped at 2',
});

const LOCKS: readonly Rule[] = [
  lets_in('a toggle', ['v5.5', 'v6.18'], [nested('exec', 0), nested('exec', 1)], 'nx_huge_pages on=0'),
  lets_in('a toggle', ['v5.10', 'v6.18'], [exec(0), exec(8)], 'nx_huge_pages on=0'),
  lets_in('a pass', ['v5.5', 'v5.10', 'v6.2', 'v6.18'], [nested('exec', 0), nested('exec', 1)], 'recover ratio=1'),
  lets_in('a pass', ['v5.10', 'v6.2', 'patch-v1-mended'], [exec(0), exec(1)], 'recover ratio=1'),
  // The first place is where the page has been taken, and not zapped yet.
  lets_in('a pass', ['v6.18'], [exec(0), exec(1)], 'recover ratio=1', 2),
  lets_in('a zap that drops its lock within', ['B3'], [exec(0), exec(1)], 'recover ratio=1'),
  {
    rule: 'who is not asked to drops no lock: others could come in once a page',
    on: ['v5.5'],
    program: [...FOUR_TABLES, 'nx_huge_pages on=0'],
    sees: ({ record }) => record.yields,
    want: 5,
  },
  {
    rule: 'who is not asked to drops no lock: others could come in once an entry of the root',
    on: ['v5.10', 'v6.18'],
    program: [exec(0), exec(4), 'nx_huge_pages on=0'],
    sees: ({ record }) => record.yields,
    want: 2,
  },
  {
    rule: 'a pass that is not asked to drops no lock: others could come in once a page',
    on: ['v5.5', 'v5.10', 'v6.2', 'v6.18', 'patch-v1-mended'],
    program: [nested('exec', 0), nested('exec', 1), 'recover ratio=1'],
    sees: ({ record }) => record.yields,
    want: 2,
  },
  {
    rule: 'a pass over TDP pages that is not asked to drops no lock: others could come in once a page',
    on: ['v5.10', 'v6.2', 'patch-v1-mended'],
    program: [exec(0), exec(1), 'recover ratio=1'],
    sees: ({ record }) => record.yields,
    want: 2,
  },
  {
    rule: 'while a pass holds mmu_lock for read others can come in twice a page',
    on: ['v6.18'],
    program: [exec(0), exec(1), 'recover ratio=1'],
    sees: ({ record }) => record.yields,
    want: 4,
  },
];

const TABLES: readonly Rule[] = [
  {
    rule: 'pages that are collapsed stay writable',
    on: ['v6.18'],
    program: [
      'dirty_log on=1',
      'guest_write mmu=tdp page=0 offset=0',
      'dirty_log on=0',
      'guest_write mmu=tdp page=0 offset=1',
    ],
    sees: ({ record }) => record.faults,
    want: 0,
  },
  {
    rule: 'a page that somebody else has replaced is not zapped',
    on: ['v6.18'],
    program: [exec(0), 'dirty_log on=1', 'recover ratio=1 pause=1', 'dirty_log on=0'],
    sees: (kvm) => `${pages(kvm)}, ${kvm.record.passes[0]?.flushes} flushes`,
    want: '0/1/0, 0 flushes',
  },
  {
    rule: 'what is mapped below a new root stays when the old one has been taken apart',
    on: ['v5.10', 'v6.18'],
    program: [exec(0), exec(4), 'nx_huge_pages on=0 pause=1', read(0), 'resume thread=params'],
    sees: pages,
    want: '0/1/0',
  },
  {
    rule: 'a page that dirty logging has write-protected is still so when it has been collapsed',
    on: ['v6.18'],
    program: [read(0), ...LOGGED, 'guest_write mmu=tdp page=0 offset=0'],
    sees: ({ record }) => record.faults,
    want: 1,
  },
  {
    rule: 'a pass takes its share and leaves the rest',
    on: ['v5.10', 'v6.18', 'patch-v1-mended'],
    program: [exec(0), exec(1), exec(2), exec(3), 'recover ratio=2'],
    sees: pages,
    want: '2/0/0',
  },
  {
    rule: "a nested guest's root shadows its own tables and is not direct; L1's is",
    on: ['v5.5', 'v6.18'],
    program: [nested('read', 0), read(0), 'guest_read mmu=smm page=28 offset=0'],
    sees: ({ roots }) => [roots.shadow, roots.tdp, roots.smm].map((root) => root?.role.direct).join(),
    want: 'false,true,true',
  },
  {
    rule: 'a page that is mapped along with its neighbour can be written',
    on: ['v5.5', 'v6.18'],
    program: ['dirty_log on=1', 'dirty_log on=0', nested('exec', 0), 'guest_write mmu=shadow page=0 offset=1'],
    sees: ({ record }) => record.faults,
    want: 0,
  },
  {
    rule: 'a table that two guests share and one has replaced stays the other one’s, and goes with it',
    on: ['v5.10', 'v6.18'],
    program: [
      'dirty_log on=1 slot=1',
      nested('read', 8),
      'guest_read mmu=shadow2 page=8 offset=0',
      'dirty_log on=0 slot=1',
      'guest_read mmu=shadow2 page=8 offset=0',
      'reclaim pages=1',
    ],
    sees: pages,
    want: '0/0/1',
  },
];

/** Small tables that are flagged. */
const flagged = ({ sps }: Kvm): number => sps.filter((sp) => sp.role.level === 1 && sp.nx_huge_page_disallowed).length;

/** SMM has memory of its own where the usual address space has some, too. */
const SHADOWED: World = {
  ...SMALL_WORLD,
  name: 'one place, two slots',
  slots: [
    { home: 0, away: 16, regions: 8, backing: '2m' },
    { home: 0, away: 16, regions: 8, backing: '2m', as: 1 },
  ],
};

const FLAGS: readonly Rule[] = [
  {
    rule: 'whether a page in SMM is dirty-logged, the slot of SMM says (817fa998362d)',
    on: ['v6.4', 'v6.18'],
    world: SHADOWED,
    program: ['guest_exec mmu=smm page=0 offset=0', 'dirty_log on=1', 'recover ratio=1'],
    sees: pages,
    want: '0/0/0',
  },
  {
    rule: 'a nested table that is linked nowhere stands at its own level',
    on: ['v6.2', 'v6.18'],
    program: ['dirty_log on=1 slot=1', nested('read', 8), 'dirty_log on=0 slot=1', nested('read', 8)],
    sees: ({ sps }) =>
      sps
        .filter((sp) => !sp.is_root)
        .map(standing_level)
        .join(),
    want: '2,1',
  },
  {
    rule: 'a table that no exec fault has built is not flagged',
    on: ['v5.5', 'v6.2', 'v6.18'],
    program: ['dirty_log on=1', nested('read', 0), read(0)],
    sees: flagged,
    want: 0,
  },
  {
    rule: 'what a pass leaves standing under dirty logging is not flagged any more',
    on: ['v6.2', 'v6.18'],
    program: [exec(0), nested('exec', 0), 'dirty_log on=1', 'recover ratio=1'],
    sees: flagged,
    want: 0,
  },
  {
    rule: 'a split whose parent has gone stays one when it is linked anew under dirty logging',
    on: ['v5.5'],
    program: [nested('exec', 0), 'reclaim pages=1', 'dirty_log on=1', nested('exec', 0)],
    sees: ({ books }) => books.map(({ pages }) => pages.next?.page?.built).join(),
    want: 'split',
  },
  {
    rule: 'a page whose slot is being deleted is recovered as any other',
    on: ['v6.2', 'v6.18'],
    program: [exec(0), exec(4), 'delete_slot pause=1', 'recover ratio=1'],
    sees: ({ record }) => {
      const taken = record.passes.flatMap(({ lists }) => lists.flatMap((list) => list.taken));
      return taken.map(({ dirty }) => (dirty ? 'dirty' : 'clean')).join();
    },
    want: 'clean',
  },
  {
    rule: 'a page that was write-protected stays so when its neighbour is mapped',
    on: ['v5.5', 'v6.18'],
    program: [
      nested('read', 24),
      'invalidate_4k page=24 offset=1',
      'dirty_log on=1 slot=2',
      'dirty_log on=0 slot=2',
      'guest_read mmu=shadow page=24 offset=1',
      nested('write', 24),
    ],
    sees: ({ record }) => record.faults,
    want: 1,
  },
];

/** Tells when the worker is woken. */
const WAKES: Partial<KernelOps> = {
  *kvm_wake_nx_recovery_thread(kvm) {
    warn(kvm, 'THREAD', 'the worker is woken');
    yield* [];
  },
};

const wakes = (on: readonly string[], before: string, change: string, woken: boolean): Rule => ({
  rule: `after ${before}, ${change} ${woken ? 'wakes the worker' : 'lets it sleep'}`,
  on,
  program: [before, change],
  kernel: WAKES,
  sees: ({ record }) => record.findings.length,
  want: woken ? 1 : 0,
});

const CALCULATED = ['v5.16', 'v6.18'];
const FIXED = ['v5.5', 'v5.12'];

/** set_nx_huge_pages_recovery_param(): recovery is on, and was not, or its period has got shorter. */
const PARAMETERS: readonly Rule[] = [
  wakes(CALCULATED, 'recovery_ratio ratio=60', 'recovery_ratio ratio=60', false),
  wakes(CALCULATED, 'recovery_ratio ratio=60', 'recovery_ratio ratio=3600', true),
  wakes(CALCULATED, 'recovery_ratio ratio=60', 'recovery_ratio ratio=1', false),
  wakes(CALCULATED, 'recovery_ratio ratio=60', 'recovery_ratio ratio=0', false),
  wakes(CALCULATED, 'recovery_ratio ratio=0', 'recovery_ratio ratio=60', true),
  wakes(CALCULATED, 'recovery_ratio ratio=3600', 'recovery_ratio ratio=4000000', false),
  wakes(CALCULATED, 'nx_huge_pages on=0', 'recovery_ratio ratio=3600', false),
  wakes(CALCULATED, 'recovery_ratio ratio=60', 'recovery_period ms=1000', true),
  wakes(CALCULATED, 'recovery_period ms=1000', 'recovery_period ms=1000', false),
  wakes(CALCULATED, 'recovery_period ms=1000', 'recovery_period ms=60000', false),
  wakes(CALCULATED, 'recovery_period ms=1000', 'recovery_ratio ratio=3600', false),
  wakes(CALCULATED, 'recovery_ratio ratio=0', 'recovery_period ms=1000', false),
  wakes(FIXED, 'recovery_ratio ratio=60', 'recovery_ratio ratio=3600', false),
  wakes(FIXED, 'recovery_ratio ratio=0', 'recovery_ratio ratio=60', true),
  wakes(FIXED, 'nx_huge_pages on=0', 'recovery_ratio ratio=3600', false),
  wakes([...FIXED, ...CALCULATED], 'recovery_ratio ratio=60', 'nx_huge_pages on=0', true),
  wakes([...FIXED, ...CALCULATED], 'recovery_ratio ratio=60', 'nx_huge_pages on=1', false),
];

export const RULES: readonly Rule[] = [
  ...LIMIT,
  ...FLUSHES,
  ...LOCKS,
  ...TABLES,
  ...FLAGS,
  ...RULES_OF_SLOTS,
  ...RULES_OF_PAUSES,
  ...RULES_OF_TLBS,
  ...RULES_OF_MACHINES,
  ...PARAMETERS,
];
