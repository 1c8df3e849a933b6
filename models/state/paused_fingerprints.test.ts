import { PROPERTIES, SUITE } from '../../bin/kvm/suite';
import type { Command } from '../../harness/program/command';
import { parse_program, program_texts } from '../../harness/program/text';
import { COMMANDS, VARIANTS } from '../catalogue/catalogue';
import type { Variant } from '../catalogue/variant';
import { start_session, type View } from '../lockstep/session';
import { SMALL_WORLD } from '../world/world';
import { fingerprint_of } from './fingerprint';
import { new_places } from './places';
import { new_copier, same_machines } from './session_copy';

const variant = VARIANTS.get('v6.18') as Variant;
const places = new_places(SMALL_WORLD, 'nothing', true);
const parse = (texts: readonly string[]) => parse_program(COMMANDS, SUITE.bounds, texts);

/** Commands that interleave: of two vCPUs, the worker, memslots, the notifier and parameters. */
const KINDS = [
  'guest_exec mmu=tdp page=0 offset=0',
  'guest_exec mmu=tdp page=0 offset=0 vcpu=1',
  'guest_exec mmu=tdp page=1 offset=0 vcpu=1',
  'guest_exec mmu=shadow page=0 offset=0',
  'guest_read mmu=tdp page=0 offset=0',
  'guest_read mmu=tdp page=8 offset=0 vcpu=1',
  'recover ratio=1',
  'recover ratio=2',
  'dirty_log on=1',
  'dirty_log on=0',
  'invalidate page=0',
  'nx_huge_pages on=0',
  'delete_slot',
  'reclaim pages=1',
];
const prefixes = parse(KINDS).flatMap((command) =>
  [0, 1, 2].map((pause): Command => ({ name: command.name, args: { ...command.args, pause } })),
);
const RESUMES = ['vcpu', 'vcpu vcpu=1', 'worker', 'memslots', 'notifier', 'params'].map(
  (who) => `resume thread=${who}`,
);
const futures = [...prefixes.filter(({ args }) => args['pause'] !== 2), ...parse(RESUMES)];

function after(program: readonly Command[]) {
  const session = start_session(variant, SMALL_WORLD);
  return { session, goes_on: program.every((command) => session.step(command)) };
}

const verdicts = (view: View): string => [...PROPERTIES.values()].map(({ check }) => check(view)?.got ?? '').join();

/** The future of a program: its state, its verdicts, and those after its end. */
function future_of(program: readonly Command[]): string {
  const { session, goes_on } = after(program);
  const { view } = session;
  const here = [goes_on, goes_on && fingerprint_of(places, view), verdicts(view)];
  const ended = goes_on ? session.finish?.() : null;
  return JSON.stringify([...here, ended, ended ? fingerprint_of(places, view) : null, verdicts(view)]);
}

const SPLIT = parse(['guest_exec mmu=tdp page=0 offset=0', 'guest_exec mmu=tdp page=1 offset=0']);

/** Pairs of programs that lead to one fingerprint with a paused command. */
function pairs(): (readonly [Command[], Command[]])[] {
  const seen = new Map<number, Command[]>();
  const found: (readonly [Command[], Command[]])[] = [];
  for (const before of [[], SPLIT]) {
    for (const one of prefixes) {
      for (const other of [null, ...prefixes]) {
        const program = other ? [...before, one, other] : [...before, one];
        const { session, goes_on } = after(program);
        if (!goes_on || session.view.quiescent) continue;
        const fingerprint = fingerprint_of(places, session.view);
        if (fingerprint === null) continue;
        const first = seen.get(fingerprint);
        if (first) found.push([first, program]);
        else seen.set(fingerprint, program);
      }
    }
  }
  return found;
}

test('paused states of one fingerprint have the same future', () => {
  const all = pairs();
  expect(all.length).toBeGreaterThan(100);
  const astray: string[] = [];
  // Only some of the pairs are checked, because each needs about thirty programs.
  const step = Math.max(1, Math.floor(all.length / 160));
  for (const [one, other] of all.filter((_, nth) => nth % step === 0)) {
    for (const command of futures) {
      if (future_of([...one, command]) === future_of([...other, command])) continue;
      const [here, there] = [one, other].map((program) => program_texts(COMMANDS, program).join('; '));
      astray.push(`"${here}" and "${there}" part at ${program_texts(COMMANDS, [command])[0]}`);
    }
  }
  expect(astray.slice(0, 3)).toEqual([]);
});

test('a command that is recognized as changing nothing leaves the same fingerprint', () => {
  const copy = new_copier();
  const copied = start_session(variant, SMALL_WORLD);
  let same = 0;
  const wrong: string[] = [];
  for (const one of prefixes.filter(({ args }) => args['pause'] === 0)) {
    const { session } = after([...SPLIT, one]);
    for (const command of futures.filter(({ args }) => args['pause'] === 0)) {
      copy(session, copied);
      if (!copied.step(command) || !same_machines(session.view, copied.view)) continue;
      same++;
      copied.view.kvm.tlb = session.view.kvm.tlb.slice();
      if (fingerprint_of(places, session.view) !== fingerprint_of(places, copied.view)) wrong.push(command.name);
    }
  }
  expect(same).toBeGreaterThan(10);
  expect(wrong).toEqual([]);
});
