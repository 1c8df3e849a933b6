import { PROPERTIES, SUITE } from '../../bin/kvm/suite';
import { known } from '../../harness/errors';
import { random_of_case } from '../../harness/generate/seed';
import { parse_program } from '../../harness/program/text';
import { run } from '../../harness/run/run';
import { COMMANDS, VARIANTS } from '../../models/catalogue/catalogue';
import * as nx from '../../models/kernel/nx_huge_pages';
import type { KernelOps } from '../../models/kernel/ops';
import type { kvm_mmu_page, Task } from '../../models/kernel/types';
import { start_session } from '../../models/lockstep/session';
import { SMALL_WORLD } from '../../models/world/world';
import { MISUSES, verdict_on } from './misuses';
import { SABOTEURS } from './saboteurs';

/** Which properties this breakage shows in, over a campaign. */
function broken_by(base: string, kernel: Partial<KernelOps>): Set<string> {
  const variant = known('variant', base, VARIANTS);
  const broken = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const session = start_session({ ...variant, ops: { ...variant.ops, ...kernel } }, SMALL_WORLD);
    const program = SUITE.programs.draw(random_of_case('saboteurs', i));
    for (const { property } of run(session, program, [...PROPERTIES.values()])) broken.add(property);
  }
  return broken;
}

test.each(SABOTEURS)('$breaks catches its saboteur in $base', ({ breaks, base, kernel }) => {
  expect(broken_by(base, kernel)).toContain(breaks);
});

test('every property catches something', () => {
  const by_defects = [...VARIANTS.values()].flatMap(({ violates }) => violates);
  const caught = new Set([...by_defects, ...SABOTEURS.map(({ breaks }) => breaks)]);
  const idle = [...PROPERTIES.keys()].filter((name) => !caught.has(name));
  expect(idle).toEqual([]);
});

describe('an implementation that misbehaves is a verdict, with its program', () => {
  const property = 'primitives-are-used-rightly';
  const verdict = (kernel: Partial<KernelOps>): string | undefined => {
    const variant = known('variant', 'v6.18', VARIANTS);
    const session = start_session({ ...variant, ops: { ...variant.ops, ...kernel } }, SMALL_WORLD);
    const program = ['guest_exec mmu=tdp page=0 offset=0', 'guest_exec mmu=tdp page=1 offset=0', 'recover ratio=1'];
    const found = run(session, parse_program(COMMANDS, SUITE.bounds, program), [...PROPERTIES.values()]);
    return found.find((one) => one.property === property)?.breach.got;
  };

  test('it throws', () => {
    const to_zap = () => {
      throw new TypeError('sp is undefined');
    };
    expect(verdict({ to_zap })).toBe('TypeError: sp is undefined');
  });

  test('it spins', () => {
    function* recover_nx_huge_pages(): Task {
      for (;;) yield 'need_resched';
    }
    expect(verdict({ recover_nx_huge_pages })).toContain('KernelHang');
  });

  test('it recurses for ever', () => {
    const keeps_region_small = (sp: kvm_mmu_page): boolean => keeps_region_small(sp) && sp.freed;
    expect(verdict({ to_zap: () => Number(keeps_region_small({} as kvm_mmu_page)) })).toContain('RangeError');
  });

  test('it ties its list into a loop', () => {
    const track_possible_nx_huge_page: KernelOps['track_possible_nx_huge_page'] = (kvm, sp, type) => {
      nx.track_possible_nx_huge_page(kvm, sp, type);
      const link = sp.possible_nx_huge_page_link;
      link.next = link;
      link.prev = link;
    };
    expect(verdict({ track_possible_nx_huge_page })).toMatch(/corrupted/);
  });
});

test.each(MISUSES)('$name: the verdict names the rule', (misuse) => {
  expect(verdict_on(misuse)).toBe(misuse.verdict);
});
