import { PROPERTIES, SUITE } from '../../bin/kvm/suite';
import { explore } from '../../harness/explore/explore';
import { expand } from '../../harness/explore/part';
import { random_of, random_of_case, small_numbers } from '../../harness/generate/seed';
import type { Program } from '../../harness/program/command';
import { parse_program, program_texts } from '../../harness/program/text';
import type { Property } from '../../harness/run/property';
import { COMMANDS, VARIANTS } from '../catalogue/catalogue';
import type { Variant } from '../catalogue/variant';
import { start_session, type View } from '../lockstep/session';
import { geometry_of } from '../world/geometry';
import { pages_1g, SMALL_WORLD } from '../world/world';
import { fingerprint_of } from './fingerprint';
import { canonical, moved, order_matters, random_move } from './moves';
import { new_places, type Symmetry } from './places';
import { same_tlbs } from './same';
import { new_copier, same_machines } from './session_copy';

const variants = [...VARIANTS.values()];
const geometry = geometry_of(SMALL_WORLD, pages_1g(SMALL_WORLD));
const take = small_numbers(random_of('state space'));
const draw = (i: number): Program => SUITE.programs.draw(random_of_case('state space', i)).slice(0, 25);

function after(variant: Variant, program: Program) {
  const session = start_session(variant, SMALL_WORLD);
  for (const command of program) if (!session.step(command)) break;
  return session;
}

/** A permutation may swap the vCPUs that a deadlock names. */
const lists = (view: View): string => JSON.stringify([SUITE.row(view), view.crash]).replace(/vCPU \d/g, 'a vCPU');

/**
 * Their recovery zaps a range that begins at the page but has the length of a larger page, so it also hits the regions
 * after the page. Regions are not symmetric there.
 */
const TELLS_REGIONS_APART = ['B31', 'V9+B31'];

const verdicts = (view: View): string => [...PROPERTIES.values()].map(({ check }) => check(view)?.got ?? '').join();

const unpaused = (program: Program): Program =>
  program.map(({ name, args }) => ({ name, args: { ...args, pause: 0 } }));

/** The tables of the reference, as they are found by their places. */
const tables_by_place = ({ ref }: View): string =>
  JSON.stringify(Object.values(ref.views).map(({ table1, table2 }) => [table1, table2]));

/** Where a copy, made in the middle of a program, behaves differently from the machine that it was copied from. */
function copy_goes_astray(variant: Variant): string | null {
  const copy = new_copier();
  const places = new_places(SMALL_WORLD, 'nothing', true);
  const copied = start_session(variant, SMALL_WORLD);
  for (let i = 0; i < 12; i++) {
    const program = draw(i);
    const half = after(variant, program.slice(0, 12));
    if (half.view.crash || !half.view.quiescent) continue;
    copy(half, copied);
    const once = start_session(variant, SMALL_WORLD);
    new_copier()(half, once);
    // The copy runs another program, and is then made a copy of the same machine again, which writes only what differs.
    for (const command of unpaused(draw(100 + i))) if (!copied.step(command)) break;
    copy(half, copied, true);
    // A machine with a page that only a list refers to compares as different from every machine, even from itself.
    const comparable = same_machines(once.view, once.view);
    if (comparable && !same_machines(once.view, copied.view)) return `program ${i}: made a copy again`;
    if (!same_tlbs(once.view.kvm.tlb, copied.view.kvm.tlb)) return `program ${i}: what TLBs hold`;
    if (tables_by_place(copied.view) !== tables_by_place(half.view)) return `program ${i}: where tables stand`;
    for (const command of program.slice(12)) {
      const goes_on = half.step(command);
      const where = `program ${i}, ${command.name}`;
      if (copied.step(command) !== goes_on) return `${where}: the end`;
      if (lists(copied.view) !== lists(half.view)) return `${where}: ${lists(copied.view)} for ${lists(half.view)}`;
      if (verdicts(copied.view) !== verdicts(half.view)) return `${where}: ${verdicts(copied.view)}`;
      if (!goes_on) break;
      if (fingerprint_of(places, copied.view) !== fingerprint_of(places, half.view)) return `${where}: the fingerprint`;
    }
  }
  return null;
}

test.each(variants)('$name: a copy behaves as the machine that it was copied from', (variant) => {
  expect(copy_goes_astray(variant)).toBeNull();
});

test('a copy of another machine replaces the last copy', () => {
  const variant = VARIANTS.get('v6.18') as Variant;
  const programs = [['exec tdp 0'], ['exec tdp 1'], ['exec shadow 0'], ['exec tdp 8'], ['read tdp 4', 'exec tdp 0']];
  const machines = programs.map((accesses) => {
    const texts = accesses.map((text) => {
      const [kind, mmu, page] = text.split(' ');
      return `guest_${kind} mmu=${mmu} page=${page} offset=0`;
    });
    return after(variant, parse_program(COMMANDS, SUITE.bounds, texts));
  });
  const copy = new_copier();
  const copied = start_session(variant, SMALL_WORLD);
  for (const one of machines) {
    for (const other of machines) {
      copy(one, copied);
      copy(other, copied);
      expect(tables_by_place(copied.view)).toBe(tables_by_place(other.view));
    }
  }
});

/** The first of these programs that leads to another state when it is permuted. */
function told_apart(variant: Variant, symmetry: Symmetry, programs = 60): number | null {
  const take = small_numbers(random_of(`${variant.name}, ${symmetry}`));
  const places = new_places(SMALL_WORLD, symmetry, true);
  for (let i = 0; i < programs; i++) {
    // A command that is paused while it walks over regions has visited the first ones, so their order matters.
    const program = symmetry === 'regions' ? unpaused(draw(i)) : draw(i);
    if (order_matters(variant.contract, program)) continue;
    const here = after(variant, program);
    const there = after(variant, moved(program, random_move(geometry, symmetry === 'regions', take)));
    if (lists(here.view) !== lists(there.view)) return i;
    if (here.view.crash === null && fingerprint_of(places, here.view) !== fingerprint_of(places, there.view)) return i;
  }
  return null;
}

test.each(variants)('$name: permuting a program makes no difference', (variant) => {
  expect(told_apart(variant, '4K pages')).toBeNull();
  // Only in some programs does a pass zap the region of another page.
  if (TELLS_REGIONS_APART.includes(variant.name)) expect(told_apart(variant, 'regions', 5000)).not.toBeNull();
  else expect(told_apart(variant, 'regions')).toBeNull();
});

describe('the fingerprint distinguishes states', () => {
  const places = new_places(SMALL_WORLD, 'regions', true);
  const fingerprint = (...texts: string[]) =>
    fingerprint_of(places, after(VARIANTS.get('v6.18') as Variant, parse_program(COMMANDS, SUITE.bounds, texts)).view);
  const exec = 'guest_exec mmu=tdp page=0 offset=0';
  const PRIVATE = 'attributes page=0 offset=0 private=1';

  test.each([
    [[exec], ['guest_exec mmu=shadow page=0 offset=0']],
    [[exec], [exec, 'guest_exec mmu=tdp page=0 offset=1']],
    [
      [exec, 'guest_exec mmu=tdp page=0 offset=1'],
      [exec, 'guest_exec mmu=tdp page=0 offset=2'],
    ],
    [
      [exec, 'guest_exec mmu=tdp page=1 offset=0'],
      [exec, 'guest_exec mmu=tdp page=4 offset=0'],
    ],
    [[exec], [exec, exec.concat(' vcpu=1')]],
    [[exec], [exec, 'dirty_log on=1']],
    [
      ['dirty_log on=1', exec],
      [exec, 'dirty_log on=1'],
    ],
    [[exec], [exec, 'wait until=before_due']],
    [[], ['signal']],
    [[], [PRIVATE]],
    [[PRIVATE], [PRIVATE, 'attributes page=0 offset=1 private=1']],
    [[PRIVATE], [`${PRIVATE} pause=1`]],
    [
      [exec, `${PRIVATE} pause=1`],
      [exec, 'attributes page=1 offset=0 private=1 pause=1'],
    ],
    [[], ['destroy_vm exempt=1']],
    [[], ['destroy_vm never=1']],
    [['nx_huge_pages on=0'], ['destroy_vm never=1']],
    [[exec], [exec, 'kill_worker']],
    [[], ['other_vm do=create']],
    [['other_vm do=create'], ['other_vm do=exec']],
    [['other_vm do=exec'], ['other_vm do=exec', 'wait until=before_due']],
    [[], ['nr_mmu_pages pages=2']],
    [[], ['recovery_ratio ratio=3']],
    [
      [exec, 'guest_exec mmu=tdp page=8 offset=0'],
      ['guest_exec mmu=tdp page=8 offset=0', exec],
    ],
  ])('%j and %j', (one, other) => {
    expect(fingerprint(...one)).not.toBe(fingerprint(...other));
  });

  test.each([
    [[exec], ['guest_exec mmu=tdp page=5 offset=3 vcpu=1']],
    [
      [exec, 'invalidate page=0', 'recover ratio=1'],
      ['guest_exec mmu=tdp page=1 offset=0', 'invalidate page=1', 'recover ratio=1'],
    ],
    [['recovery_ratio ratio=3', 'recovery_ratio ratio=60'], []],
    [['other_vm do=exec', 'other_vm do=destroy'], []],
    [['kill_worker'], []],
  ])('but not %j and %j', (one, other) => {
    expect(fingerprint(...one)).toBe(fingerprint(...other));
  });
});

test('the canonical form of a program', () => {
  const texts = (program: string[]) =>
    program_texts(COMMANDS, canonical(SMALL_WORLD, parse_program(COMMANDS, SUITE.bounds, program)));
  expect(texts(['guest_exec mmu=tdp page=6 offset=3 vcpu=1', 'invalidate page=21', 'invalidate page=3'])).toEqual([
    'guest_exec mmu=tdp page=0 offset=0',
    'invalidate page=17',
    'invalidate page=4',
  ]);
  for (let i = 0; i < 100; i++) {
    const program = draw(i);
    const permuted = moved(program, random_move(geometry, true, take));
    expect(program_texts(COMMANDS, canonical(SMALL_WORLD, permuted))).toEqual(
      program_texts(COMMANDS, canonical(SMALL_WORLD, program)),
    );
  }
});

describe('symmetry reduction does not change what is found', () => {
  const least = (name: string, symmetry: number, depth: number) => {
    const limits = { depth, transitions: Number.POSITIVE_INFINITY, stopped: () => false };
    const violates = VARIANTS.get(name)?.violates ?? [];
    const wanted = new Map(
      [...PROPERTIES.values()].filter((one) => violates.includes(one.name)).map((one) => [one, null]),
    );
    const { least, cut_short, transitions } = explore(SUITE.state_space(name, null, symmetry), wanted, limits);
    return { least: [...least], cut_short, transitions };
  };

  test.each(['V1', 'V7'])('%s', (name) => {
    const [regions, small] = [least(name, 0, 2), least(name, 1, 2)];
    expect(regions.cut_short).toBeNull();
    expect(regions.least).toEqual(small.least);
    expect(least(name, 0, 1).least).toEqual(least(name, 4, 1).least);
  });

  test('B2 leaves TLBs stale, so they become part of the state', () => {
    const flush = new Map([[PROPERTIES.get('stat-equals-splits') as Property<View>, null]]);
    const limits = { depth: 2, transitions: Number.POSITIVE_INFINITY, stopped: () => false };
    expect(explore(SUITE.state_space('B2', null, 0), flush, limits).cut_short?.kind).toBe('symmetry');
    expect(explore(SUITE.state_space('B2', null, 2), flush, limits).cut_short).toBeNull();
  });

  test('B31 breaks the symmetry over regions, and the search notices', () => {
    expect(least('B31', 0, 2).cut_short?.kind).toBe('symmetry');
    expect(least('B31', 1, 2).cut_short).toBeNull();
  });
});

/** A command that leaves the fingerprint changed although the machine compares equal to the copy made before it. */
function taken_for_unchanged(variant: Variant, commands: readonly string[]): string | null {
  const places = new_places(SMALL_WORLD, 'nothing', true);
  const session = start_session(variant, SMALL_WORLD);
  const before = start_session(variant, SMALL_WORLD);
  const copy = new_copier();
  for (const command of parse_program(COMMANDS, SUITE.bounds, commands)) {
    copy(session, before);
    const fingerprint = fingerprint_of(places, session.view);
    if (!session.step(command) || !session.view.quiescent) break;
    const unchanged = same_machines(before.view, session.view) && same_tlbs(before.view.kvm.tlb, session.view.kvm.tlb);
    if (unchanged && fingerprint !== fingerprint_of(places, session.view)) return command.name;
  }
  return null;
}

test('a machine that compares as unchanged has the same fingerprint', () => {
  const beside = ['create', 'exec', 'exec', 'destroy', 'exec'].map((what) => `other_vm do=${what}`);
  const of_the_machine = [
    'kill_worker',
    'destroy_vm',
    'nx_huge_pages on=0',
    'destroy_vm never=1',
    'recovery_ratio ratio=1',
  ];
  for (const variant of variants) {
    expect(taken_for_unchanged(variant, [...beside, ...of_the_machine, ...beside])).toBeNull();
    for (let i = 0; i < 5; i++) {
      expect(taken_for_unchanged(variant, program_texts(COMMANDS, unpaused(draw(i))))).toBeNull();
    }
  }
});

test('every command of a vCPU has the argument vcpu, without which vCPUs would not be symmetric', () => {
  const of_vcpus = [...COMMANDS.values()].filter(({ thread }) => thread === 'vcpu');
  expect(of_vcpus.length).toBeGreaterThan(3);
  for (const { name, args } of of_vcpus) expect({ name, names: 'vcpu' in args }).toEqual({ name, names: true });
});

test('late in a search, states are made from copies of earlier states, with the same results', () => {
  const over = { variant: 'v6.18', detail: null, symmetry: 0, pauses: 0, only: SUITE.core };
  const asked = { ...over, properties: [...SUITE.properties.keys()], last: false };
  const space = SUITE.state_space(over.variant, over.detail, over.symmetry, { pauses: 0, only: over.only });
  const start = {
    ...asked,
    depth: 0,
    paths: new Uint32Array(),
    fingerprints: Float64Array.of(space.fingerprint(space.start().view) ?? 0),
  };
  const first = expand(SUITE, { ...start, transitions: 0 });
  const second = expand(SUITE, {
    ...asked,
    depth: 1,
    paths: first.commands,
    fingerprints: first.fingerprints,
    transitions: 0,
  });
  const paths = Uint32Array.from(
    [...second.before].flatMap((state, i) => [first.commands[state] ?? 0, second.commands[i] ?? 0]),
  );
  const part = { ...asked, depth: 2, paths: paths.slice(0, 160), fingerprints: second.fingerprints.slice(0, 80) };
  const near = expand(SUITE, { ...part, transitions: 0 });
  expect(near).toMatchObject({ cut_short: null, least: [] });
  expect(near.fingerprints.length).toBeGreaterThan(100);
  expect(expand(SUITE, { ...part, transitions: 1_000_000 })).toEqual(near);
});

test('what a property waits for decides which commands can violate it, also as the last one of a program', () => {
  const space = SUITE.state_space('v6.18', null, 0);
  const { view } = after(SUITE.variants.get('v6.18') as Variant, []);
  const kinds_for = (name: string): string[] => {
    const property = PROPERTIES.get(name) as Property<View>;
    const can = space.alphabet.filter((_, number) => space.may_break(property, number, view));
    return [...new Set(can.map((command) => command.name))].sort();
  };
  expect(kinds_for('prefaults-answer-what-they-did')).toEqual(['prefault']);
  expect(kinds_for('memory-taken-back-is-unmapped')).toEqual(['invalidate', 'invalidate_4k']);
  expect(kinds_for('primitives-are-used-rightly')).toEqual([...COMMANDS.keys()].sort());
  const ends = (...texts: string[]) => {
    const program = parse_program(SUITE.commands, SUITE.bounds, texts);
    const property = PROPERTIES.get('memory-taken-back-is-unmapped') as Property<View>;
    return space.may_break(property, null, after(SUITE.variants.get('v6.18') as Variant, program).view);
  };
  expect(ends('guest_exec mmu=tdp page=0 offset=0 pause=1', 'invalidate page=0')).toBe(true);
  expect(ends('invalidate page=0', 'guest_exec mmu=tdp page=0 offset=0 pause=1')).toBe(false);
});
