/** All goals of a search, by their files' names. */
import { join } from 'node:path';
import { load_folder } from '../harness/files/folder';
import type { Goal } from '../harness/run/property';
import type { View } from '../models/lockstep/session';
import type { Sometimes } from './claim';

export const GOALS: ReadonlyMap<string, Goal<View>> = load_folder(
  join(__dirname, 'sometimes'),
  (name, { claim, reached }: Sometimes) => ({ name, claim, reached }),
);
