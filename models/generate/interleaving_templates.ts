/** Plans for programs with pauses: which commands interleave, and in which order. Other commands come in between. */
import type { ArgValue } from '../../harness/program/command';
import type { Mmu } from '../world/world';

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

const exec = ({ region, take }: Spot, more: Step['args'] = {}): Step => {
  return { name: 'guest_exec', args: { page: region, offset: take(2), vcpu: 0, ...more } };
};
const read = ({ region }: Spot, more: Step['args'] = {}): Step => {
  return { name: ['guest_read', 'guest_write'][region % 2] as string, args: { page: region, vcpu: 1, ...more } };
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
  (spot) => [exec(spot, { mmu: spot.mmu, pause: early(spot) }), read(spot, { mmu: spot.mmu }), go_on('vcpu')],
  // Dirty logging stops while a table is being built, or while there is a table.
  (spot) => [
    dirty_log(1, spot, 0),
    dirty_log(0, spot, 1),
    exec(spot, { mmu: spot.mmu, pause: early(spot) }),
    go_on('memslots'),
    go_on('vcpu'),
  ],
  (spot) => [
    dirty_log(1, spot, 0),
    exec(spot, { mmu: spot.mmu }),
    dirty_log(0, spot, 1),
    read(spot, { mmu: spot.mmu }),
    go_on('memslots'),
  ],
  // A pass drops its lock, and others take the rest of the list or a part of it.
  (spot) => [
    exec(spot, { mmu: 'tdp' }),
    exec(spot, { mmu: 'tdp', page: spot.region ^ 1 }),
    exec(spot, { mmu: 'tdp', page: spot.region ^ 2 }),
    pass(1),
    { name: 'reclaim', args: { pages: 2 } },
    read(spot, { mmu: 'tdp', page: spot.region ^ 2 }),
    go_on('worker'),
  ],
  // A pass over pages of both MMUs. In its middle there is an access to a page that it takes, or a fault beside that
  // page, which is still paused when the pass frees the pages.
  (spot) => [
    exec(spot, { mmu: 'shadow' }),
    exec(spot, { mmu: 'tdp' }),
    pass(1 + spot.take(3)),
    spot.take(2) === 0
      ? read(spot, { mmu: spot.mmu })
      : exec(spot, { mmu: 'tdp', page: spot.region ^ (1 + spot.take(2)), pause: early(spot) }),
    go_on('worker'),
    go_on('vcpu'),
  ],
  // All mappings are being zapped, and a nested guest accesses one that is not zapped yet.
  (spot) => [
    exec(spot, { mmu: 'shadow' }),
    exec(spot, { mmu: 'shadow', page: spot.region ^ 4 }),
    { name: 'recreate_slot', args: { slot: spot.slot, pause: early(spot) } },
    exec(spot, { mmu: 'shadow', page: spot.region ^ (4 * spot.take(2)) }),
    go_on('memslots'),
  ],
  // All mappings are being zapped, and the mitigation is toggled.
  (spot) => [
    exec(spot, { mmu: 'tdp' }),
    { name: ['recreate_slot', 'delete_slot'][spot.take(2)] as string, args: { slot: 1, pause: early(spot) } },
    { name: 'nx_huge_pages', args: { on: spot.take(2) } },
    go_on('memslots'),
  ],
  // While another slot is dirty-logged, a slot goes, or moves, and a pass has taken a page of it.
  (spot) => [
    exec(spot, { mmu: spot.mmu }),
    exec(spot, { mmu: spot.mmu, page: spot.region ^ 4 }),
    { name: 'dirty_log', args: { on: 1, slot: spot.slot ^ 1 } },
    { name: ['delete_slot', 'move_slot'][spot.take(2)] as string, args: { slot: spot.slot, pause: 1 } },
    pass(1),
    go_on('memslots'),
    go_on('worker'),
  ],
  // All that L1 has mapped in two 1G pages is being zapped: the one page is, the host takes memory of the other.
  (spot) => {
    const page = spot.slot === 0 ? spot.region : spot.take(8);
    const pause = [1, 1, 2][spot.take(3)] as number;
    return [
      read(spot, { mmu: 'tdp', page: page & ~4 }),
      exec(spot, { mmu: 'tdp', page: page | 4 }),
      spot.take(2) === 0
        ? { name: 'recreate_slot', args: { slot: 1, pause } }
        : { name: 'nx_huge_pages', args: { on: spot.take(4) === 0 ? 1 : 0, pause } },
      ...in_any_order(spot, { name: 'invalidate', args: { page: page | 4 } }, go_on('memslots'), go_on('params')),
    ];
  },
];

/** The host comes before the two threads go on, or after. */
const in_any_order = ({ take }: Spot, one: Step, ...others: Step[]): Step[] =>
  take(2) === 0 ? [one, ...others] : [...others, one];

/** A random plan for this place. */
export const plan_at = (spot: Spot): Step[] => (PLANS[spot.take(PLANS.length)] as (typeof PLANS)[number])(spot);
