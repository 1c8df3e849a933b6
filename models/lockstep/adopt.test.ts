import { SUITE } from '../../bin/kvm/suite';
import { random_of_case } from '../../harness/generate/seed';
import type { Program } from '../../harness/program/command';
import { parse_program } from '../../harness/program/text';
import { VARIANTS } from '../catalogue/catalogue';
import { mapped_pages, split_counts } from '../spec/recovery';
import { new_reference, type Reference } from '../spec/reference';
import { SMALL_WORLD } from '../world/world';
import { adopt } from './adopt';
import { start_session } from './session';

const baselines = [...VARIANTS.values()].filter(({ kind }) => kind === 'baseline');

const KEYS = ['mmu', 'level', 'region', 'built', 'linked', 'small', 'guarded'];

const known = (ref: Reference): object => ({
  mapped: mapped_pages(ref),
  splits: split_counts(ref),
  tables: ref.tables.map(({ since, ...table }) => JSON.stringify(table, KEYS)).sort(),
  links: Object.values(ref.views).map(({ links, huge1g }) => [links, huge1g]),
  slots: ref.slots,
  gpte_clean: ref.gpte_clean,
  host: [ref.nx, ref.never, ref.exempt, ref.ratio, ref.period_ms],
  worker: [ref.now, ref.last_pass, ref.worker, ref.killed],
  other: ref.other && known(ref.other),
});

/** Drawn programs, but for the first, which does what is seldom drawn. */
const program_of = (i: number): Program =>
  i === 0
    ? parse_program(SUITE.commands, SUITE.bounds, ['destroy_vm never=1', 'guest_exec mmu=tdp page=0 offset=0'])
    : SUITE.programs.draw(random_of_case('told', i));

/** The first command after which the reference would be told something else than it has found out by itself. */
function told_otherwise(name: string, cases: number): string | null {
  for (let i = 0; i < cases; i++) {
    const baseline = baselines.find((one) => one.name === name);
    if (!baseline) return 'no such baseline';
    const session = start_session(baseline, SMALL_WORLD);
    const { view } = session;
    for (const command of program_of(i)) {
      session.step({ ...command, args: { ...command.args, pause: 0 } });
      const told = new_reference(baseline.contract, SMALL_WORLD);
      adopt(told, view.kvm);
      const [own, other] = [known(view.ref), known(told)].map((one) => JSON.stringify(one));
      if (own !== other) return `program ${i}, ${command.name}: ${other} for ${own}`;
    }
  }
  return null;
}

test.each(baselines.map(({ name }) => name))(
  '%s: what the reference is told is what it would have found out',
  (name) => {
    expect(told_otherwise(name, 25)).toBeNull();
  },
);
