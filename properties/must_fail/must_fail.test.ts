import { PROPERTIES, SUITE } from '../../bin/kvm/suite';
import { known } from '../../harness/errors';
import { type RandomPrograms, unmet } from '../../harness/expectation';
import { random_of_case } from '../../harness/generate/seed';
import { parse_program } from '../../harness/program/text';
import { run } from '../../harness/run/run';
import { COMMANDS, VARIANTS } from '../../models/catalogue/catalogue';
import * as nx from '../../models/kernel/nx_huge_pages';
import type { KernelOps } from '../../models/kernel/ops';
import type { kvm_mmu_page, Task } from '../../models/kernel/types';
import { start_session } from '../../models/lockstep/session';
import { SMALL_WORLD } from '../../models/world/world';
import { TEST_BED } from '../expectation';
import { FAULTS_OF_PASSES } from './faults_of_passes';
import { NEGATIVE_TESTS } from './negative_tests';
import { SEEDED_FAULTS } from './seeded_faults';

/** The programs in which a fault must show. */
const search: RandomPrograms = {
  first: 0,
  last: 200,
  program: (i) => SUITE.programs.draw(random_of_case('seeded faults', i)),
};

test.each(SEEDED_FAULTS)('$breaks catches on $on: $name', (fault) => {
  expect(unmet(TEST_BED, fault, search)).toBeNull();
});

test('what catches a seeded fault holds without it, over the same program', () => {
  for (const { name, on, program } of SEEDED_FAULTS) {
    if (program) expect([name, unmet(TEST_BED, { on, program, holds_but: [] })]).toEqual([name, null]);
  }
});

test('up to 5.17 a pass zaps the range of what it took in every root, since then it must not', () => {
  const program = FAULTS_OF_PASSES.find(({ name }) => name.includes('in every root'))?.program ?? [];
  const broken = (recovery_zaps_ranges: boolean) => {
    const variant = known('variant', 'v5.12', VARIANTS);
    const contract = { ...variant.contract, recovery_zaps_ranges };
    const session = start_session({ ...variant, contract }, SMALL_WORLD);
    const found = run(session, parse_program(COMMANDS, SUITE.bounds, program), [...PROPERTIES.values()]);
    return found.map(({ property }) => property);
  };
  expect(broken(true)).toEqual([]);
  expect(broken(false)).toEqual(['passes-zap-only-what-they-take']);
});

test.each([
  ['v6.4', 'kvm_mod_used_mmu_pages', 'v6.18', 'used-pages-of-all-vms-are-summed', 'shadow'],
  ['v6.4', 'tdp_account_mmu_page', 'v6.2', 'tdp-pages-are-counted', 'tdp'],
  ['v6.18', 'tdp_unaccount_mmu_page', 'v6.2', 'tdp-pages-are-counted', 'tdp'],
] as const)("%s with the %s of %s's breaks %s", (name, entry, other, property, mmu) => {
  const variant = known('variant', name, VARIANTS);
  const ops = { ...variant.ops, [entry]: known('variant', other, VARIANTS).ops[entry] };
  const program = [`guest_exec mmu=${mmu} page=0 offset=0`, 'recover ratio=1'];
  const broken = (one: typeof variant) =>
    run(start_session(one, SMALL_WORLD), parse_program(COMMANDS, SUITE.bounds, program), [...PROPERTIES.values()]);
  expect(broken({ ...variant, ops }).map((found) => found.property)).toEqual([property]);
  expect(broken(variant)).toEqual([]);
});

test.each([
  ['v6.2', 'counts_tdp_mmu_pages', 'tdp-pages-are-counted'],
  ['v6.18', 'module_counts_shadow_pages', 'used-pages-of-all-vms-are-summed'],
] as const)('%s does not say %s: if it did, %s would break', (name, trait, property) => {
  const variant = known('variant', name, VARIANTS);
  const program = parse_program(COMMANDS, SUITE.bounds, [
    'guest_exec mmu=tdp page=0 offset=0',
    'guest_exec mmu=shadow page=0 offset=0',
  ]);
  const contract = { ...variant.contract, [trait]: true };
  const found = run(start_session({ ...variant, contract }, SMALL_WORLD), program, [...PROPERTIES.values()]);
  expect(found.map((one) => one.property)).toEqual([property]);
});

test('every property catches something: a variant or a seeded fault (properties/must_fail/) violates it', () => {
  const by_defects = [...VARIANTS.values()].flatMap(({ violates }) => violates);
  const caught = new Set([...by_defects, ...SEEDED_FAULTS.flatMap(({ breaks }) => breaks)]);
  const idle = [...PROPERTIES.keys()].filter((name) => !caught.has(name));
  expect(idle).toEqual([]);
});

test('every entry of the table of functions is replaced by a variant, or by who must fail', () => {
  const replaced = [
    ...[...VARIANTS.values()].filter(({ base }) => base !== null).map(({ kernel }) => kernel),
    ...[...SEEDED_FAULTS, ...NEGATIVE_TESTS].map(({ kernel }) => kernel ?? {}),
  ].flatMap((kernel) => Object.keys(kernel));
  const never = Object.keys(known('variant', 'v6.18', VARIANTS).ops).filter((entry) => !replaced.includes(entry));
  expect(never).toEqual([]);
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

test.each(NEGATIVE_TESTS)('$name: the verdict names the rule', (negative) => {
  expect(unmet(TEST_BED, negative)).toBeNull();
});
