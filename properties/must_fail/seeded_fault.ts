import type { Breaks, Trial } from '../../harness/expectation';
import type { Change } from '../expectation';

/**
 * A fault put in on purpose. Caught within a few hundred random programs by the property that it breaks; where there is a
 * program, at its last command and not before. `why`: why a property that no defect of the catalogue breaks stays.
 */
export type SeededFault = Trial & Change & Breaks;
