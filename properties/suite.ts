/** What the engine is given: KVM's commands, variants, claims and goals. */
import { join } from 'node:path';
import { ProgramArbitrary } from '../harness/arbitrary';
import { known } from '../harness/errors';
import { load_folder } from '../harness/folder';
import type { Goal, Property } from '../harness/property';
import { make_space } from '../harness/space';
import { aim_by_reference } from '../models/aim';
import { bounds_of, COMMANDS, VARIANTS } from '../models/catalogue';
import type { View } from '../models/session';
import { SMALL_WORLD, type World } from '../models/world';
import type { Always, Sometimes } from './claim';

/** The claim this project is named for comes first, the others in the order of their names. */
const FIRST = ['to-zap-nonzero-when-splits-exist', 'counters-match-list-length'];

const files = load_folder(join(__dirname, 'always'), (name, always: Always) => ({ name, ...always }));

export const PROPERTIES: ReadonlyMap<string, Property<View>> = new Map(
  [...FIRST, ...files.keys()].map((name) => [name, files.get(name) as Property<View>]),
);

export const GOALS: ReadonlyMap<string, Goal<View>> = load_folder(
  join(__dirname, 'sometimes'),
  (name, { claim, reached }: Sometimes) => ({ name, claim, reached }),
);

/** Longest program of a search. */
export const PROGRAM_LENGTH = 60;

export const space_of = (world: World) => make_space(COMMANDS.values(), bounds_of(world), PROGRAM_LENGTH);
export const SMALL_SPACE = space_of(SMALL_WORLD);

/** Programs of the small world. Generation follows the newest era's contract, for every variant. */
export const SMALL_PROGRAMS = new ProgramArbitrary(SMALL_SPACE, () => {
  return aim_by_reference(known('variant', 'v6.18', VARIANTS).contract, SMALL_WORLD);
});
