/** Rules about what is recorded of a pass: when it ran, what it zapped, and whether it had taken that. */
import { shadow_unmap_gfn_range } from '../../models/kernel/rmap';
import { kvm_tdp_mmu_zap_sp } from '../../models/kernel/tdp_mmu';
import { type Kvm, type kvm_mmu_page, MEANING_OF_POINT } from '../../models/kernel/types';
import { type Behaviour, exec, nested } from './behaviour';

const taken = ({ record }: Kvm) => record.passes.flatMap(({ lists }) => lists.flatMap((list) => list.taken));
const strays = ({ record }: Kvm): string =>
  record.strays.map(({ gfn, in_range }) => `${gfn} ${in_range ? 'in range' : 'elsewhere'}`).join(', ');

/** Where the page was taken last, zaps what nested guests have mapped of the 4K pages up to `end`, and nothing else. */
const zaps_nested = (end: number) => (kvm: Kvm, sp: kvm_mmu_page) =>
  sp.gfn === 12 && shadow_unmap_gfn_range(kvm, 0, end);

/** Of two passes by the clock, the second is recorded. */
const by_the_clock = (what: string, on: readonly string[], before: readonly string[], after: number): Behaviour => ({
  name: `a pass by the clock is recorded with the time since the pass before it: ${what}`,
  on,
  program: [exec(0), ...before, 'wait until=due', 'wait until=due'],
  sees: ({ record }) => record.clock_passes.map((pass) => pass.after).join(),
  want: String(after),
});

export const BEHAVIOURS_OF_PASSES: readonly Behaviour[] = [
  by_the_clock('every minute', ['v5.5', 'v6.18'], [], 60_000),
  by_the_clock('every second', ['v5.16', 'v6.18'], ['recovery_period ms=1000'], 1000),
  {
    name: 'what a pass zaps and has not taken lies in the range of a page that it has taken, or elsewhere',
    on: ['v6.18'],
    program: [
      exec(1),
      exec(3),
      nested('read', 0),
      'invalidate_4k page=1 offset=0',
      'guest_read mmu=shadow page=1 offset=0',
      'guest_read mmu=shadow page=1 offset=2',
      nested('read', 2),
      'recover ratio=1',
    ],
    kernel: { tdp_mmu_zap_for_recovery: zaps_nested(12) },
    sees: strays,
    want: '0 elsewhere, 8 elsewhere, 4 in range, 5 in range, 6 in range, 7 in range',
  },
  {
    name: 'a pass that is paused says where',
    on: ['v6.18'],
    program: [exec(0), 'recover ratio=1 pause=1'],
    sees: ({ paused }) => paused.map(({ at }) => (at ? MEANING_OF_POINT[at] : 'nowhere')).join(),
    want: 'a pass has taken a page off its list, and has not zapped it yet',
  },
  {
    name: 'a page is not zapped because a table below it is',
    on: ['v6.18'],
    program: [exec(8), 'recover ratio=1'],
    kernel: {
      tdp_mmu_zap_for_recovery(kvm, sp) {
        const [below] = sp.child.filter((child) => child !== null);
        return below ? kvm_tdp_mmu_zap_sp(kvm, below) : false;
      },
    },
    sees: (kvm) =>
      taken(kvm)
        .map(({ level, zapped }) => `${level} ${zapped ? 'zapped' : 'stays'}`)
        .join(),
    want: '2 stays',
  },
];
