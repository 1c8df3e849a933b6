/** The tables are right: each field of random machines is changed, and copy, comparison and fingerprint must react. */
import { SUITE } from '../../bin/kvm/suite';
import { known } from '../../harness/errors';
import { random_of, random_of_case, small_numbers } from '../../harness/generate/seed';
import type { Command } from '../../harness/program/command';
import { parse_program } from '../../harness/program/text';
import type { Session } from '../../harness/run/session';
import { COMMANDS, VARIANTS } from '../catalogue/catalogue';
import { gfn_to_memslot } from '../kernel/memslots';
import { is_noslot } from '../kernel/page_fault';
import { ACC_ALL, EXEC, is_nx_huge_page_enabled } from '../kernel/spte';
import type { Treatment } from '../layout/layout';
import { fill_audit } from '../lockstep/audit';
import { start_session, type View } from '../lockstep/session';
import { address_space, SMALL_WORLD, type Tree, trees_with } from '../world/world';
import { fingerprint_of } from './fingerprint';
import { flip, type Spot, spots_of, text_of } from './flips.fixture';
import { new_places } from './places';
import { same_tlbs } from './same';
import { new_copier, same_machines } from './session_copy';

const take = small_numbers(random_of('flips'));
const places = new_places(SMALL_WORLD, 'nothing', true);

/** Programs for states that random programs seldom reach. */
const SELDOM = [
  ['other_vm do=exec', 'guest_exec mmu=tdp page=0 offset=0', 'guest_exec mmu=shadow page=1 offset=0'],
  ['guest_exec mmu=tdp page=0 offset=0', 'guest_exec mmu=tdp page=1 offset=0', 'recover ratio=1 pause=2'],
  ['dirty_log on=1', 'guest_read mmu=shadow page=0 offset=0', 'guest_write mmu=shadow page=0 offset=1'],
  [
    'guest_exec mmu=tdp page=0 offset=0',
    'guest_read mmu=shadow page=0 offset=0',
    'guest_exec mmu=smm page=28 offset=0',
  ],
  ['guest_exec mmu=tdp page=0 offset=0 pause=1', 'guest_exec mmu=tdp page=8 offset=0 vcpu=1 pause=1'],
  ['guest_exec mmu=tdp page=0 offset=0', 'nx_huge_pages on=0 pause=1', 'guest_exec mmu=tdp page=8 offset=0 pause=1'],
  ['guest_read mmu=shadow page=0 offset=0', 'guest_read mmu=shadow page=1 offset=0', 'dirty_log on=1'],
  [
    'guest_read mmu=tdp page=0 offset=0',
    'attributes page=1 offset=0 private=1',
    'attributes page=1 offset=2 private=1 pause=1',
  ],
  [
    'clear_gpte_dirty mmu=shadow page=0',
    'guest_read mmu=shadow page=0 offset=0',
    'guest_exec mmu=shadow page=1 offset=0',
  ],
];

const drawn = (i: number): Command[] => {
  const program = [...SUITE.programs.draw(random_of_case('flips', i))].slice(0, 6 + ((i * 7) % 24));
  return i % 3 === 0 ? program : program.map(({ name, args }) => ({ name, args: { ...args, pause: 0 } }));
};
const PROGRAMS = [
  ...SELDOM.map((texts) => parse_program(COMMANDS, SUITE.bounds, texts)),
  ...Array.from({ length: 30 }, (_, i) => drawn(i)),
];

/** Machines in the middle of programs, some with paused commands. */
function* machines(name: string): Generator<Session<View>> {
  for (const program of PROGRAMS) {
    const session = start_session(known('variant', name, VARIANTS), SMALL_WORLD);
    if (program.every((command) => session.step(command))) yield session;
  }
}

const key = (view: View): number | null => {
  for (let one: View | null = view; one !== null; one = one.other) fill_audit(one.audit, one.kvm);
  return fingerprint_of(places, view);
};
const same = (one: View, other: View): boolean => same_machines(one, other) && same_tlbs(one.kvm.tlb, other.kvm.tlb);

const reacts = (treatment: Treatment): boolean => treatment === 'by kind' || 'by_hand' in treatment;
const wrong = (asked: string, is: boolean, must: boolean): string | null =>
  is === must ? null : `${asked}: ${is ? 'reacts, and' : 'does not react, but'} the table says otherwise`;

type Asked = (session: Session<View>, copied: Session<View>, spot: Spot) => boolean | null;

/** The fingerprint changes, or there is none any more. */
const printed: Asked = ({ view }, _, spot) => {
  const before = key(view);
  const undo = before === null ? null : flip(view, spot, take);
  if (!undo) return null;
  const after = key(view);
  undo();
  return before !== after;
};

/** Two machines that compared equal no longer do. */
const compared: Asked = (session, copied, spot) => {
  copy(session, copied);
  if (!session.view.quiescent || !same(session.view, copied.view)) return null;
  const undo = flip(copied.view, spot, take);
  if (!undo) return null;
  const unequal = !same(session.view, copied.view);
  undo();
  return unequal;
};

/**
 * The copy gets the other value too. Each check uses a new copier and a new target, because a flip that moves a table
 * would disturb the next copy.
 */
const carried: Asked = (session, _, spot) => {
  if (!session.view.quiescent) return null;
  const [again, copied] = [new_copier(), start_session(session.view.variant, SMALL_WORLD)];
  again(session, copied);
  const undo = flip(session.view, spot, take);
  if (!undo) return null;
  const flipped = text_of(session.view, spot);
  again(session, copied);
  const there = spot.path[0] !== 'other' || copied.view.other !== null ? text_of(copied.view, spot) : null;
  undo();
  return there === flipped;
};

const copy = new_copier();
const ASPECTS = { print: printed, equal: compared, copy: carried } as const;

/** Whether the field can influence the fingerprint in this state. */
function is_told({ name, path }: Spot, { view: root }: Session<View>): boolean {
  const view = path[0] === 'other' && root.other ? root.other : root;
  const { kvm, ref, quiescent } = view;
  // The fingerprint contains ages as ranks, so another age only shows if two pages had the same age.
  const sp = kvm.sps[Number(path.at(-1))];
  const ranked = kvm.sps.filter((one) => !one.tdp_mmu_page && !one.is_root && one.age === sp?.age);
  if (name === 'PAGE.age') return sp !== undefined && ranked.includes(sp) && ranked.length > 1;
  if (name === 'PAGE.id') return root.kvm.paused.every(({ older_than }) => older_than === 0);
  if (name === 'KVM.mmu_valid_gen') return kvm.sps.length > 0;
  if (/^MAPPED/.test(name) && !trees_with(ref.tables).includes(path.at(-1) as Tree)) return false;
  // While a command is paused, the fingerprint does not cover the reference, which will adopt.
  return quiescent || !/^(REFERENCE|TABLE|MAPPED|DIVERGENCE)/.test(name);
}

const asked = new Set<string>();
const spots_seen = new Map<string, Spot>();

function astray(name: string): string[] {
  const found = new Set<string>();
  const copied = start_session(known('variant', name, VARIANTS), SMALL_WORLD);
  for (const session of machines(name)) {
    for (const spot of [...spots_of(session.view, take)]) {
      spots_seen.set(spot.name, spot);
      if (spot.field.kind === 'fixed' && !spot.name.startsWith('FAULT.')) continue;
      for (const [aspect, ask] of Object.entries(ASPECTS)) {
        const treatment = spot.field[aspect as keyof typeof ASPECTS];
        if (aspect === 'print' && !is_told(spot, session)) continue;
        if (aspect === 'copy' && spot.field.kind === 'scratch') continue;
        const is = ask(session, copied, spot);
        if (is === null) continue;
        asked.add(`${spot.name} ${aspect}`);
        const mistake = wrong(`${aspect} of ${spot.name}`, is, reacts(treatment));
        if (mistake) found.add(mistake);
      }
    }
  }
  return [...found];
}

describe('copy, comparison and fingerprint treat each field as its table says', () => {
  test.each(['v5.5', 'v6.2', 'v6.4', 'v6.18', 'V1', 'V7', 'patch-v1'])('%s', (name) => {
    expect(astray(name)).toEqual([]);
  });

  test('every field was checked', () => {
    const frames = /^(FRAME|FAULT|LIST_PASS|PASS|HELD)\./;
    const not_asked = [...spots_seen.values()].flatMap(({ name, field }) =>
      Object.keys(ASPECTS)
        .filter(
          (aspect) =>
            field.kind !== 'fixed' &&
            (aspect !== 'copy' || field.kind !== 'scratch') &&
            (aspect === 'print' || !frames.test(name)),
        )
        .filter((aspect) => !asked.has(`${name} ${aspect}`))
        .map((aspect) => `${name} ${aspect}`),
    );
    expect(not_asked).toEqual([]);
    expect(spots_seen.size).toBeGreaterThan(150);
  });
});

/** Fields of a paused fault, and of a slot, are not in the fingerprint, because they follow from other fields. */
test('fields that are left out because they follow from others do follow from them', () => {
  let faults = 0;
  for (const [name] of VARIANTS) {
    for (const { view } of machines(name)) {
      const { kvm, ref } = view;
      for (const { fault } of kvm.paused) {
        if (!fault) continue;
        faults++;
        expect(fault.access).toBe(ACC_ALL);
        if (!is_noslot(fault)) expect(fault.slot).toBe(gfn_to_memslot(kvm, fault.gfn, address_space(fault.mmu)));
        expect(fault.huge_page_disallowed).toBe(fault.kind === EXEC && is_nx_huge_page_enabled(kvm));
      }
      if (view.quiescent)
        expect(ref.slots.map(({ broken }) => broken)).toEqual(kvm.memslots.map(({ broken }) => broken));
    }
  }
  expect(faults).toBeGreaterThan(50);
});
