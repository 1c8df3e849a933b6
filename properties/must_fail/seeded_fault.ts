import type { Breaks, Trial } from '../../harness/expectation';
import type { Change } from '../expectation';

/**
 * A fault seeded on purpose. Each property in `breaks` must catch it on each baseline in `on`: at the last command of
 * `program` and not before or, without a program, within 200 random programs. `why`: the reason to keep a property that
 * no defect violates.
 */
export type SeededFault = Trial & Change & Breaks & { readonly name: string };
