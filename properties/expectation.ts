/** Expectations of the models: functions of theirs may be replaced, and their world be another. */
import { known } from '../harness/errors';
import type { Expectation, TestBed } from '../harness/expectation';
import { parse_program } from '../harness/program/text';
import { bounds_of, COMMANDS, VARIANTS } from '../models/catalogue/catalogue';
import type { KernelOps } from '../models/kernel/ops';
import { start_session, type View } from '../models/lockstep/session';
import { SMALL_WORLD, type World } from '../models/world/world';
import { CLAIMS } from './claims';

export interface Change {
  /** Put in the place of the variants' own entries of the table of functions. */
  readonly kernel?: Partial<KernelOps>;
  /** SMALL_WORLD, if not given. */
  readonly world?: World;
}

export type KvmExpectation = Expectation<View, Change>;

export const TEST_BED: TestBed<View, Change> = {
  properties: CLAIMS,
  read: (program, { world = SMALL_WORLD }) => parse_program(COMMANDS, bounds_of(world), program),
  start(name, { kernel, world = SMALL_WORLD }) {
    const variant = known('variant', name, VARIANTS);
    return start_session({ ...variant, ops: { ...variant.ops, ...kernel } }, world);
  },
};
