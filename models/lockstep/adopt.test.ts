import { SUITE } from '../../bin/kvm/suite';
import { random_of_case } from '../../harness/generate/seed';
import type { Command, Program } from '../../harness/program/command';
import { parse_program } from '../../harness/program/text';
import { VARIANTS } from '../catalogue/catalogue';
import type { Variant } from '../catalogue/variant';
import { create_other_vm } from '../spec/parameters';
import { mapped_pages, split_counts } from '../spec/recovery';
import { new_reference, type Reference } from '../spec/reference';
import { SMALL_WORLD } from '../world/world';
import { adopt } from './adopt';
import { definition, start_session, step_reference } from './session';

const baselines = [...VARIANTS.values()].filter(({ kind }) => kind === 'baseline');

const KEYS = ['mmu', 'level', 'region', 'built', 'linked', 'small', 'guarded'];

const known = (ref: Reference): object => ({
  mapped: mapped_pages(ref),
  splits: split_counts(ref),
  tables: ref.tables.map(({ since, ...table }) => JSON.stringify(table, KEYS)).sort(),
  links: Object.values(ref.views).map(({ links, huge1g }) => [links, huge1g]),
  broken: ref.slots.map(({ broken }) => broken),
  gpte_clean: ref.gpte_clean,
  time: [ref.now, ref.last_pass],
  other: ref.other && known(ref.other),
});

/** Random programs. The first one does what random programs seldom do. */
const program_of = (i: number): Program =>
  i === 0
    ? parse_program(SUITE.commands, SUITE.bounds, ['destroy_vm never=1', 'guest_exec mmu=tdp page=0 offset=0'])
    : SUITE.programs.draw(random_of_case('told', i));

/** The first command after which the reference would adopt something else than it has found by itself. */
function told_otherwise(name: string, cases: number): string | null {
  for (let i = 0; i < cases; i++) {
    const baseline = baselines.find((one) => one.name === name);
    if (!baseline) return 'no such baseline';
    const session = start_session(baseline, SMALL_WORLD);
    const { view } = session;
    for (const command of program_of(i)) {
      session.step({ ...command, args: { ...command.args, pause: 0 } });
      const told = new_reference(baseline.contract, SMALL_WORLD);
      // What userspace has asked for is known without being told.
      told.dirty_log_mode = view.ref.dirty_log_mode;
      if (view.ref.other) create_other_vm(told);
      adopt(told, view.kvm);
      const [own, other] = [known(view.ref), known(told)].map((one) => JSON.stringify(one));
      if (own !== other) return `program ${i}, ${command.name}: ${other} for ${own}`;
    }
  }
  return null;
}

/** The fields that commands ask for. */
const asked_for = (ref: Reference): object => ({
  host: [ref.nx, ref.never, ref.exempt, ref.dirty_log_mode, ref.ratio, ref.period_ms],
  worker: [ref.worker, ref.killed],
  slots: ref.slots.map(({ region, backing, dirty_log }) => [region, backing, dirty_log]),
  other: ref.other && asked_for(ref.other),
});

test.each(baselines)('$name: what commands ask for is what they would ask for if nobody ran into them', (baseline) => {
  for (let i = 0; i < 40; i++) {
    const { step, view } = session_of(baseline);
    const alone = new_reference(baseline.contract, SMALL_WORLD);
    for (const command of SUITE.programs.draw(random_of_case('asked', i))) {
      step(command);
      step_reference(alone, definition(command), command.args);
      expect(asked_for(view.ref)).toEqual(asked_for(alone));
    }
  }
});

function session_of(baseline: Variant) {
  const session = start_session(baseline, SMALL_WORLD);
  return { view: session.view, step: (command: Command) => session.step(command) };
}

test.each(baselines.map(({ name }) => name))(
  '%s: what the reference is told is what it would have found out',
  (name) => {
    expect(told_otherwise(name, 25)).toBeNull();
  },
);
