/** Plans for programs with pauses: which commands interleave, and in which order. Other commands come in between. */
import type { ArgValue } from '../../harness/program/command';
import { is_nested, type Mmu } from '../world/world';

type Take = (n: number) => number;

/** A command of a plan with its fixed arguments. The other arguments are drawn as usual. */
export interface Step {
  readonly name: string;
  readonly args: Readonly<Record<string, ArgValue>>;
}

/** The place at which a plan aims. */
interface Spot {
  readonly mmu: Mmu;
  readonly region: number;
  readonly slot: number;
  readonly take: Take;
}

// Plans are made for every fifth command or so: their arguments are written out, since spreading objects costs V8 far more.
const exec = ({ take }: Spot, mmu: Mmu, page: number): Step => {
  return { name: 'guest_exec', args: { page, offset: take(2), vcpu: 0, mmu } };
};
const paused_exec = ({ take }: Spot, mmu: Mmu, page: number, pause: number): Step => {
  return { name: 'guest_exec', args: { page, offset: take(2), vcpu: 0, mmu, pause } };
};
const READS = ['guest_read', 'guest_write'] as const;
const read = ({ region }: Spot, mmu: Mmu, page: number): Step => {
  return { name: READS[(region % 2) as 0 | 1], args: { page, vcpu: 1, mmu } };
};
const dirty_log = (on: number, { slot }: Spot, pause: number): Step => {
  return { name: 'dirty_log', args: { on, slot, pause } };
};
const pass = (pause: number): Step => ({ name: 'recover', args: { ratio: 1, pause } });
const go_on = (thread: string): Step => ({ name: 'resume', args: { thread, vcpu: 0, pause: 0 } });
/** One of the first two places where a command can pause. */
const early = ({ take }: Spot): number => 1 + take(2);

const PLANS: readonly ((spot: Spot) => Step[])[] = [
  // One vCPU has published a table, and another vCPU wants to map a huge page there.
  (spot) => [paused_exec(spot, spot.mmu, spot.region, early(spot)), read(spot, spot.mmu, spot.region), go_on('vcpu')],
  // Dirty logging stops while a table is being built, or while there is a table.
  (spot) => [
    dirty_log(1, spot, 0),
    dirty_log(0, spot, 1),
    paused_exec(spot, spot.mmu, spot.region, early(spot)),
    go_on('memslots'),
    go_on('vcpu'),
  ],
  (spot) => [
    dirty_log(1, spot, 0),
    exec(spot, spot.mmu, spot.region),
    dirty_log(0, spot, 1),
    read(spot, spot.mmu, spot.region),
    go_on('memslots'),
  ],
  // A pass drops its lock, and others take the rest of the list or a part of it.
  (spot) => [
    exec(spot, 'tdp', spot.region),
    exec(spot, 'tdp', spot.region ^ 1),
    exec(spot, 'tdp', spot.region ^ 2),
    pass(1),
    { name: 'reclaim', args: { pages: 2 } },
    read(spot, 'tdp', spot.region ^ 2),
    go_on('worker'),
  ],
  // A pass over pages of both MMUs. In its middle there is an access to a page that it takes, or a fault beside that
  // page, which is still paused when the pass frees the pages.
  (spot) => [
    exec(spot, 'shadow', spot.region),
    exec(spot, 'tdp', spot.region),
    pass(1 + spot.take(3)),
    spot.take(2) === 0
      ? read(spot, spot.mmu, spot.region)
      : paused_exec(spot, 'tdp', spot.region ^ (1 + spot.take(2)), early(spot)),
    go_on('worker'),
    go_on('vcpu'),
  ],
  // All mappings are being zapped, and a nested guest accesses one that is not zapped yet.
  (spot) => [
    exec(spot, 'shadow', spot.region),
    exec(spot, 'shadow', spot.region ^ 4),
    { name: 'recreate_slot', args: { slot: spot.slot, pause: early(spot) } },
    exec(spot, 'shadow', spot.region ^ (4 * spot.take(2))),
    go_on('memslots'),
  ],
  // All mappings are being zapped, and the mitigation is toggled.
  (spot) => [
    exec(spot, 'tdp', spot.region),
    { name: ['recreate_slot', 'delete_slot'][spot.take(2)] as string, args: { slot: 1, pause: early(spot) } },
    { name: 'nx_huge_pages', args: { on: spot.take(2) } },
    go_on('memslots'),
  ],
  // While another slot is dirty-logged, a slot goes, or moves, and a pass has taken a page of it. It does so under a shared lock only
  // where L1's own pages are.
  (spot) => {
    const mmu = is_nested(spot.mmu) && spot.take(4) > 0 ? 'tdp' : spot.mmu;
    return [
      exec(spot, mmu, spot.region),
      exec(spot, mmu, spot.region ^ 4),
      { name: 'dirty_log', args: { on: 1, slot: spot.slot ^ 1 } },
      spot.take(2) === 0
        ? { name: 'delete_slot', args: { slot: spot.slot, pause: 1 } }
        : { name: 'move_slot', args: { slot: spot.slot, to: 'away', pause: 1 } },
      pass(1),
      go_on('memslots'),
      go_on('worker'),
    ];
  },
  // All that L1 has mapped in two 1G pages is being zapped: the one page is, the host takes memory of the other. A vCPU may have
  // mapped that in a new root by then.
  (spot) => {
    const page = spot.slot === 0 ? spot.region : spot.take(8);
    const pause = [1, 1, 2][spot.take(3)] as number;
    return [
      read(spot, 'tdp', page & ~4),
      exec(spot, 'tdp', page | 4),
      spot.take(2) === 0
        ? { name: 'recreate_slot', args: { slot: 1, pause } }
        : { name: 'nx_huge_pages', args: { on: spot.take(4) === 0 ? 1 : 0, pause } },
      ...(spot.take(2) === 0 ? [read(spot, 'tdp', page | 4)] : []),
      ...in_any_order(spot, { name: 'invalidate', args: { page: page | 4 } }, go_on('memslots'), go_on('params')),
    ];
  },
];

/** The host comes before the two threads go on, or after. */
const in_any_order = ({ take }: Spot, one: Step, ...others: Step[]): Step[] =>
  take(2) === 0 ? [one, ...others] : [...others, one];

/** A random plan for this place. */
export const plan_at = (spot: Spot): Step[] => (PLANS[spot.take(PLANS.length)] as (typeof PLANS)[number])(spot);
