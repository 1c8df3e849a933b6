/** What the engine is given: KVM's commands, variants, claims and goals. */

import { CallError, known } from '../../harness/errors';
import { data_folder } from '../../harness/files/folder';
import { ProgramArbitrary } from '../../harness/generate/arbitrary';
import { known_names } from '../../harness/nearest';
import type { Command } from '../../harness/program/command';
import { is_selected, make_space } from '../../harness/program/space';
import { command_text } from '../../harness/program/text';
import { beside_base } from '../../harness/run/beside_base';
import type { Property } from '../../harness/run/property';
import type { Rule, Suite } from '../../harness/suite';
import { ARGUMENTS } from '../../models/catalogue/arguments';
import { replaceable } from '../../models/catalogue/asked';
import { bounds_of, COMMANDS, VARIANTS } from '../../models/catalogue/catalogue';
import { name_today } from '../../models/catalogue/former_names';
import type { Variant } from '../../models/catalogue/variant';
import { guide_by_reference } from '../../models/generate/guide';
import { SUBJECTS } from '../../models/generate/subjects';
import { THEMES } from '../../models/generate/themes';
import { own_info } from '../../models/implementation';
import { u64_text } from '../../models/kernel/u64';
import { frame_of } from '../../models/lockstep/frames';
import { start_session, type View } from '../../models/lockstep/session';
import { threads_of } from '../../models/lockstep/threads';
import { CORE, proof_alphabet } from '../../models/state/core_alphabet';
import { canonical } from '../../models/state/moves';
import type { Symmetry } from '../../models/state/places';
import { state_space } from '../../models/state/state_space';
import { alphabet_of } from '../../models/state/symmetry';
import { SMALL_WORLD } from '../../models/world/world';
import { CLAIMS, LIVE_CLAIMS } from '../../properties/claims';
import { GOALS } from '../../properties/goals';
import { power_of } from '../../properties/must_fail/seeded_defects';
import { SEEDED_FAULTS } from '../../properties/must_fail/seeded_faults';
import { columns_of } from './columns';
import { rules_of } from './rules';
import { settle_shapes } from './shapes';

export const PROPERTIES: ReadonlyMap<string, Property<View>> = CLAIMS;

/** Longest program of a search. */
const PROGRAM_LENGTH = 60;
const space = make_space(COMMANDS.values(), bounds_of(SMALL_WORLD), PROGRAM_LENGTH);

/** Generation follows the newest baseline's contract for every variant: a case means the same program for each. */
const GENERATION = known('variant', 'v6.18', VARIANTS).contract;

const text_of = (command: Command) => command_text(COMMANDS, command);

/** The step table's columns: each list beside its counter, the stat, the pass, what the reference counts, and what userspace is refused. */
function row({ audit, splits, passes, crash, kvm }: View): Record<string, string> {
  const names = audit.lists.length === 1 ? [''] : [' shadow', ' tdp'];
  const cells: Record<string, string> = {};
  for (const [i, { length, counter }] of audit.lists.entries()) {
    cells[`listed${names[i]}`] = length === null ? 'corrupted' : String(length);
    cells[`counter${names[i]}`] = u64_text(counter);
  }
  const lists = passes.flatMap(({ record }) => record.lists);
  cells['stat'] = u64_text(audit.stat);
  cells['to_zap'] = lists.map(({ to_zap }) => to_zap).join(' + ');
  cells['taken'] = lists.map(({ taken }) => taken.length).join(' + ');
  cells['reference says'] = `${splits.join(' + ')} split`;
  cells['mapped'] = crash ?? ['', '4K', '2M', '1G'][kvm.record.mapped_level] ?? '';
  cells['answer'] = crash ? '' : refusal(kvm);
  return cells;
}

/** What userspace is answered instead of 0. */
function refusal({ record: { errno, prefault } }: View['kvm']): string {
  const answer = errno ?? prefault?.answer ?? '0';
  return answer === '0' ? '' : answer;
}

/** The same, and what else userspace reads: pages mapped of each size, flushes. */
function compared(view: View): Record<string, string> {
  const { 'reference says': _, ...cells } = row(view);
  const { pages, remote_tlb_flush_requests } = view.kvm.stat;
  const [small, mid, large] = pages.map(String);
  return {
    ...cells,
    '4K': small ?? '',
    '2M': mid ?? '',
    '1G': large ?? '',
    flushes: String(remote_tlb_flush_requests),
  };
}

const CONFORMING = [...VARIANTS.values()]
  .filter(({ kind, violates }) => kind === 'baseline' && violates.length === 0)
  .map(({ name }) => name);

interface SymmetryLevel {
  readonly symmetry: Symmetry;
  /** What TLBs hold counts even for claims that are not about them. */
  readonly tlbs: boolean;
  readonly text: string;
}

const SYMMETRIES: readonly SymmetryLevel[] = [
  { symmetry: 'regions', tlbs: false, text: 'symmetry over regions, 4K pages and vCPUs' },
  { symmetry: '4K pages', tlbs: false, text: 'symmetry over 4K pages and vCPUs' },
  { symmetry: 'regions', tlbs: true, text: 'TLBs part of the state; symmetry over regions, 4K pages and vCPUs' },
  { symmetry: '4K pages', tlbs: true, text: 'TLBs part of the state; symmetry over 4K pages and vCPUs' },
  { symmetry: 'nothing', tlbs: true, text: 'no symmetry' },
];

/** The suite, with a user's own implementation beside the project's variants. */
export function suite_with(own: Variant | null): Suite<View> {
  const variants = own ? new Map([...VARIANTS, [own.name, own]]) : VARIANTS;
  for (const name of own?.violates ?? []) {
    if (PROPERTIES.has(name)) continue;
    throw new CallError(`${own?.name}: expect: no property "${name}"${known_names(name, [...PROPERTIES.keys()])}`);
  }
  const base_of = (variant: string) => (variant === own?.name ? own.beside : undefined);
  let rules: readonly Rule[] | null = null;
  return {
    commands: COMMANDS,
    variants,
    conforming: CONFORMING,
    replaceable,
    properties: PROPERTIES,
    rules: () => {
      rules ??= own ? rules_of(own) : [];
      return rules;
    },
    power: (variant) => power_of(variant === own?.name ? (own.base ?? '') : variant),
    kept: new Map(SEEDED_FAULTS.flatMap(({ breaks, why }) => (why ? breaks.map((one) => [one, why] as const) : []))),
    argument_docs: ARGUMENTS,
    seen_on_kernels: [...LIVE_CLAIMS.keys()],
    name_today,
    goals: GOALS,
    subjects: SUBJECTS,
    space,
    bounds: space.bounds,
    programs: new ProgramArbitrary(
      space,
      (focused, with_pauses) => guide_by_reference(GENERATION, SMALL_WORLD, focused, with_pauses),
      THEMES,
    ),
    base_beside: (variant) => base_of(variant)?.name ?? null,
    start(variant) {
      settle_shapes();
      const session = start_session(known('variant', variant, variants), SMALL_WORLD);
      const base = base_of(variant);
      return base ? beside_base(session, start_session(base, SMALL_WORLD)) : session;
    },
    ends: 'primitives-are-used-rightly',
    symmetries: SYMMETRIES.map(({ text }) => text),
    state_space(variant, detail, level, options = { pauses: 0, only: null }) {
      settle_shapes();
      const { symmetry, tlbs } = SYMMETRIES[level] ?? { symmetry: 'nothing', tlbs: true };
      const all = { symmetry, tlbs: tlbs || detail === 'tlbs', ...options };
      return state_space(known('variant', variant, variants), SMALL_WORLD, space, all);
    },
    core: CORE,
    proof_alphabet,
    alphabet(only) {
      const all = alphabet_of(space).filter(({ args }) => args['pause'] === 0);
      const some = only ? `${all.filter((one) => is_selected(only, one)).length} of ` : '';
      return `${some}${all.length} commands, world ${SMALL_WORLD.name}`;
    },
    canonical: (program) => canonical(SMALL_WORLD, program),
    row,
    columns_of,
    compared,
    threads: (view) => threads_of(view, text_of),
    picture: (view) => frame_of(view, text_of),
    regressions: data_folder(__dirname, 'regressions'),
    own: own && own_info(own),
  };
}

export const SUITE = suite_with(null);
