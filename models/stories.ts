/** Stories told of real kernels that no recorded program covers: what the models must observe, command by command. */
import { parse_program } from '../harness/program';
import { bounds_of, COMMANDS } from './catalogue';
import { write_lock } from './kernel/lock';
import { kvm_mmu_zap_all_fast } from './kernel/memslots';
import { guest_access } from './kernel/page_fault';
import { EXEC } from './kernel/spte';
import type { Kvm } from './kernel/types';
import { kvm_create_vm } from './kernel/vm';
import { new_reference } from './reference';
import { mapped_pages, recover_fifo, split_counts } from './reference_recovery';
import { definition, drain, step_kernel, step_reference } from './session';
import type { Variant } from './variant';
import { recorded_world, type World } from './world';

export interface Story {
  readonly name: string;
  readonly world: World;
  readonly program: readonly string[];
  readonly seen: readonly Seen[];
}

/** What these variants see after each command: `splits: leaves of 4K/2M/1G`, and the time once it has moved. */
interface Seen {
  readonly by: readonly string[];
  readonly after: string;
  /** What their reference wants to see, where it is something else: they have the defect that the story shows. */
  readonly wanted?: string;
}

const DIRECT = recorded_world(16);
const slot_1g = { home: 0, away: 1024, regions: 512, backing: '1g' } as const;
const GIGA: World = { ...DIRECT, name: 'one 1G page', pages: 512, slots: [slot_1g] };
const NEVER_RUN: World = { ...DIRECT, name: 'never run', pages: 17, has_run: false };
const NO_TDP: World = { ...GIGA, name: 'one 1G page, kvm.tdp_mmu=0', tdp_mmu: false };

const exec = (mmu: string, pages: readonly number[]) =>
  pages.map((page) => `guest_exec mmu=${mmu} page=${page} offset=0`);
const upto = (n: number) => Array.from({ length: n }, (_, i) => i);

const OLD = ['v5.5'];
const SINCE_5_10 = ['v5.10', 'v5.18', 'v6.2', 'v6.18', 'linux-6.1', 'linux-6.12', 'linux-7.3-b30-mended'];
const SINCE_5_18 = SINCE_5_10.filter((name) => name !== 'v5.10');
const SINCE_6_0 = SINCE_5_18.filter((name) => name !== 'v5.18');
const TWELVE = Array.from({ length: 12 }, (_, i) => `${i + 1}: ${i + 1}/0/0`).join(', ');

export const STORIES: readonly Story[] = [
  {
    name: 'twelve splits at ratio 4',
    world: DIRECT,
    program: [...exec('tdp', upto(12)), ...upto(7).map(() => 'recover ratio=4')],
    seen: [
      { by: SINCE_5_10, after: `${TWELVE}, 9: 9/0/0, 6: 6/0/0, 4: 4/0/0, 3: 3/0/0, 2: 2/0/0, 1: 1/0/0, 0: 0/0/0` },
      {
        by: ['linux-7.3'],
        after: `${TWELVE}, 9: 9/0/0, 6: 6/0/0, 3: 3/0/0, 0: 0/0/0, 0: 0/0/0, 0: 0/0/0, 0: 0/0/0`,
        wanted: `${TWELVE}, 9: 9/0/0, 6: 6/0/0, 4: 4/0/0, 3: 3/0/0, 2: 2/0/0, 1: 1/0/0, 0: 0/0/0`,
      },
    ],
  },
  {
    name: 'an exec fault under dirty logging, its leaf gone when logging stops (B37)',
    world: DIRECT,
    program: [
      'dirty_log on=1',
      'guest_exec mmu=tdp page=0 offset=0',
      'invalidate page=0',
      'dirty_log on=0',
      'guest_exec mmu=tdp page=0 offset=0',
      'recover ratio=1',
      'guest_read mmu=tdp page=0 offset=0',
    ],
    seen: [
      {
        by: ['v5.10', 'v5.18', 'v6.2', 'v6.18', 'linux-6.1', 'linux-6.12'],
        after: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 0/0/0, 1: 1/0/0, 0: 0/0/0, 0: 0/1/0',
      },
      {
        by: ['linux-7.3', 'linux-7.3-b30-mended', 'B37'],
        after: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 0/0/0, 0: 1/0/0, 0: 1/0/0, 0: 1/0/0',
        wanted: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 0/0/0, 1: 1/0/0, 0: 0/0/0, 0: 0/1/0',
      },
    ],
  },
  {
    name: 'a nested exec fault under dirty logging (B38)',
    world: DIRECT,
    program: [
      'dirty_log on=1',
      'guest_exec mmu=shadow page=0 offset=0',
      'dirty_log on=0',
      'guest_read mmu=shadow page=0 offset=0',
      'recover ratio=1',
      'guest_read mmu=shadow page=0 offset=0',
    ],
    seen: [
      {
        by: ['v5.5', 'v5.10', 'v5.18', 'v6.2', 'v6.18'],
        after: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 0/1/0, 0: 0/1/0, 0: 0/1/0',
      },
      {
        by: ['linux-6.1', 'linux-6.12', 'linux-7.3', 'linux-7.3-b30-mended', 'B38'],
        after: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 8/0/0, 0: 8/0/0, 0: 8/0/0',
        wanted: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 0/1/0, 0: 0/1/0, 0: 0/1/0',
      },
    ],
  },
  {
    name: 'a 1G page: the first fetch counts 2, each other region 1; the pass takes the 1G-level table and all below',
    world: GIGA,
    program: [...exec('tdp', upto(3)), 'recover ratio=4'],
    seen: [
      { by: OLD, after: '2: 8/0/0, 3: 16/0/0, 4: 24/0/0, 3: 24/0/0' },
      { by: SINCE_5_10, after: '2: 1/0/0, 3: 2/0/0, 4: 3/0/0, 0: 0/0/0' },
    ],
  },
  {
    name: 'a 1G page through the shadow MMU: nested tables go along from 5.10',
    world: GIGA,
    program: [...exec('shadow', upto(3)), 'recover ratio=4'],
    seen: [
      { by: OLD, after: '2: 8/0/0, 3: 16/0/0, 4: 24/0/0, 3: 24/0/0' },
      { by: SINCE_5_10, after: '2: 8/0/0, 3: 16/0/0, 4: 24/0/0, 0: 0/0/0' },
    ],
  },
  {
    name: 'a 1G page without a TDP MMU: only the 1G-level table goes',
    world: NO_TDP,
    program: [...exec('tdp', upto(3)), 'recover ratio=4'],
    seen: [{ by: [...OLD, ...SINCE_5_10], after: '2: 8/0/0, 3: 16/0/0, 4: 24/0/0, 3: 24/0/0' }],
  },
  {
    name: 'dirty logging splits huge leaves, at once or when they are written to',
    world: DIRECT,
    program: [
      'guest_read mmu=tdp page=0 offset=0',
      'dirty_log on=1',
      'guest_read mmu=tdp page=0 offset=1',
      'guest_write mmu=tdp page=0 offset=0',
    ],
    seen: [
      { by: ['v5.5', 'v5.10'], after: '0: 0/1/0, 0: 0/1/0, 0: 0/1/0, 0: 1/0/0' },
      { by: SINCE_5_18, after: '0: 0/1/0, 0: 512/0/0, 0: 512/0/0, 0: 512/0/0' },
    ],
  },
  {
    name: 'dirty logging splits nested huge leaves, a little later',
    world: DIRECT,
    program: [
      'guest_read mmu=shadow page=0 offset=0',
      'dirty_log on=1',
      'guest_read mmu=shadow page=0 offset=1',
      'guest_write mmu=shadow page=0 offset=0',
    ],
    seen: [
      { by: ['v5.5', 'v5.10', 'v5.18'], after: '0: 0/1/0, 0: 0/1/0, 0: 0/1/0, 0: 1/0/0' },
      { by: SINCE_6_0, after: '0: 0/1/0, 0: 512/0/0, 0: 512/0/0, 0: 512/0/0' },
    ],
  },
  {
    name: 'one minute, or 3600000 ms divided by the ratio, or as the parameter says',
    world: DIRECT,
    program: [
      'recovery_ratio ratio=3600',
      'wait until=before_due',
      'wait until=due',
      'recovery_period ms=500',
      'wait until=due',
    ],
    seen: [
      { by: ['v5.5', 'v5.10'], after: idle('', '59999', '60000', '60000', '120000') },
      { by: SINCE_5_18, after: idle('', '999', '1000', '1000', '1500') },
    ],
  },
  {
    name: 'the worker counts from the beginning of the VM, from 6.14 on from its first KVM_RUN',
    world: NEVER_RUN,
    program: [
      'recovery_ratio ratio=3600',
      'wait until=due',
      'signal',
      'guest_read mmu=tdp page=16 offset=0',
      'wait until=due',
      'destroy_vm',
      'wait until=due',
    ],
    seen: [
      { by: ['v5.5', 'v5.10'], after: idle('', '60000', '60000', '60000', '120000', '120000', '180000') },
      {
        by: ['v5.18', 'v6.2', 'linux-6.1', 'linux-6.12'],
        after: idle('', '1000', '1000', '1000', '2000', '2000', '3000'),
      },
      { by: ['v6.18', 'linux-7.3', 'linux-7.3-b30-mended'], after: idle('', '', '', '', '1000', '1000', '1000') },
    ],
  },
  {
    name: 'invalidating a region drops the TDP tables in it up to 5.17, later only leaves',
    world: DIRECT,
    program: ['guest_exec mmu=tdp page=0 offset=0', 'invalidate page=0'],
    seen: [
      { by: OLD, after: '1: 8/0/0, 1: 0/0/0' },
      { by: ['v5.10'], after: '1: 1/0/0, 0: 0/0/0' },
      { by: SINCE_5_18, after: '1: 1/0/0, 1: 0/0/0' },
    ],
  },
  {
    name: 'an invalidated small page makes its region non-huge: executing there is not counted',
    world: DIRECT,
    program: ['invalidate_4k page=0 offset=0', 'guest_exec mmu=tdp page=0 offset=0'],
    seen: [
      { by: OLD, after: '0: 0/0/0, 0: 8/0/0' },
      { by: SINCE_5_10, after: '0: 0/0/0, 0: 1/0/0' },
    ],
  },
  {
    name: 'a table that no exec fault built keeps its region small up to 6.1; later a read puts a huge leaf over it',
    world: DIRECT,
    program: [
      'invalidate_4k page=0 offset=0',
      'guest_read mmu=tdp page=0 offset=0',
      'invalidate page=0',
      'guest_exec mmu=tdp page=0 offset=0',
      'guest_read mmu=tdp page=0 offset=1',
    ],
    seen: [
      { by: ['v5.10', 'v5.18'], after: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 1: 1/0/0, 1: 2/0/0' },
      {
        by: ['linux-6.1'],
        after: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 1/0/0, 0: 2/0/0',
        wanted: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 1: 1/0/0, 1: 2/0/0',
      },
      {
        by: ['v6.2', 'v6.18', 'linux-6.12', 'linux-7.3', 'linux-7.3-b30-mended'],
        after: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 1/0/0, 0: 0/1/0',
      },
    ],
  },
  {
    name: "the kernel's own selftest",
    world: DIRECT,
    program: [
      'recovery_ratio ratio=1',
      'recovery_period ms=100',
      'guest_read mmu=tdp page=0 offset=0',
      'guest_read mmu=tdp page=1 offset=0',
      'guest_exec mmu=tdp page=0 offset=0',
      'guest_exec mmu=tdp page=2 offset=0',
      'guest_read mmu=tdp page=0 offset=0',
      'wait until=due',
      'guest_read mmu=tdp page=2 offset=0',
    ],
    seen: [
      {
        by: ['linux-6.1'],
        after: '0: 0/0/0, 0: 0/0/0, 0: 0/1/0, 0: 0/2/0, 1: 1/1/0, 2: 2/1/0, 2: 2/1/0, 0: 0/1/0 100ms, 0: 0/2/0 100ms',
      },
      {
        by: ['linux-6.12', 'linux-7.3', 'linux-7.3-b30-mended'],
        after:
          '0: 0/0/0, 0: 0/0/0, 0: 0/1/0, 0: 0/2/0, 1: 512/1/0, 2: 513/1/0, 2: 513/1/0, 0: 0/1/0 100ms, 0: 0/2/0 100ms',
      },
    ],
  },
];

function idle(...times: string[]): string {
  return times.map((ms) => `0: 0/0/0${ms && ` ${ms}ms`}`).join(', ');
}

const text = (splits: number, [small, mid, large]: readonly number[], now: number) =>
  `${splits}: ${small}/${mid}/${large}${now > 0 ? ` ${now}ms` : ''}`;

/** What the kernel side and the reference observe along the story. */
export function observe(story: Story, variant: Variant): { kernel: string[]; reference: string[] } {
  const kvm = kvm_create_vm(variant.ops, story.world);
  const ref = new_reference(variant.contract, story.world);
  const kernel: string[] = [];
  const reference: string[] = [];
  for (const command of parse_program(COMMANDS, bounds_of(story.world), story.program)) {
    const spec = definition(command);
    step_kernel(kvm, spec, command.args);
    step_reference(ref, spec, command.args);
    if (command.name === 'recover') recover_fifo(ref, Number(command.args['ratio']));
    if (ref.pass_due) recover_fifo(ref, ref.ratio);
    kernel.push(text(kvm.stat.nx_lpage_splits, kvm.stat.pages, kvm.now));
    const splits = split_counts(ref).reduce((sum, n) => sum + n, 0);
    reference.push(text(splits, mapped_pages(ref), ref.now));
  }
  return { kernel, reference };
}

/** Where a variant, or the reference under its contract, tells a story otherwise than it was seen. */
export function told_wrong(story: Story, variant: Variant): string[] {
  const seen = story.seen.find(({ by }) => by.includes(variant.name));
  if (!seen) return [];
  const { kernel, reference } = observe(story, variant);
  const wrong: string[] = [];
  if (kernel.join(', ') !== seen.after) wrong.push(`${story.name}: ${variant.name} sees ${kernel.join(', ')}`);
  if (reference.join(', ') !== (seen.wanted ?? seen.after))
    wrong.push(`${story.name}: its reference sees ${reference.join(', ')}`);
  return wrong;
}

/** What a CPU sees that looks in while a fetch has published its table, and what a pass does with a page that is gone. */
export function glimpse(variant: Variant): string {
  const kvm = kvm_create_vm(variant.ops, DIRECT);
  let published = '';
  const task = guest_access(kvm, 'tdp', 0, EXEC, 0);
  for (let at = task?.next(false); at && !at.done; at = task?.next(false)) {
    const last = kvm.sps.at(-1);
    if (at.value === 'spte_published' && last?.gfn === 0) {
      const lock = ['no lock', 'mmu_lock for read', 'mmu_lock for write'][kvm.mmu_lock];
      const flag = last.nx_huge_page_disallowed ? 'flagged' : 'not flagged';
      published = `${lock}, ${flag}, ${kvm.stat.nx_lpage_splits} counted`;
    }
  }
  return `${kvm.books.map(({ name }) => name).join(' and ')}; ${published}; ${zap_of_a_page_that_is_gone(kvm)}`;
}

function zap_of_a_page_that_is_gone(kvm: Kvm): string {
  const gone = kvm.sps.find(({ tdp_mmu_page, role }) => tdp_mmu_page && role.level === 1);
  if (!gone) return 'no TDP page';
  kvm_mmu_zap_all_fast(kvm);
  drain(kvm, guest_access(kvm, 'tdp', 0, EXEC, 0));
  write_lock(kvm);
  kvm.ops.tdp_mmu_zap_for_recovery(kvm, gone);
  return kvm.stat.pages[0] === 0 ? 'a pass zaps whatever stands there now' : 'a pass zaps nothing else';
}
