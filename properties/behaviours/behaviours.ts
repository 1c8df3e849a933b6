/**
 * All behaviours: rules of the kernel that no property covers, each as a short program and what must be seen at its
 * end.
 */
import type { KvmExpectation } from '../expectation';
import { BEHAVIOURS_OF_ATTRIBUTES } from './attributes';
import { expectation_of } from './behaviour';
import { BEHAVIOURS_OF_DIRECTORIES } from './directories';
import { BEHAVIOURS_OF_DIRTY_LOGS } from './dirty_logs';
import { BEHAVIOURS_OF_ENDS } from './ends';
import { BEHAVIOURS_OF_ENTRIES } from './entries';
import { BEHAVIOURS_OF_FLUSHES } from './flushes';
import { BEHAVIOURS_OF_LIMITS } from './limits';
import { BEHAVIOURS_OF_MACHINES } from './machines';
import { BEHAVIOURS_OF_NESTED_GUESTS } from './nested_guests';
import { BEHAVIOURS_OUTSIDE_SLOTS } from './outside_slots';
import { BEHAVIOURS_OF_PARAMETERS } from './parameters';
import { BEHAVIOURS_OF_PASSES } from './passes';
import { BEHAVIOURS_OF_PAUSES } from './pauses';
import { BEHAVIOURS_OF_PREFAULTS } from './prefaults';
import { BEHAVIOURS_OF_RECORDS } from './records';
import { BEHAVIOURS_OF_ROOTS } from './roots';
import { BEHAVIOURS_OF_SLOTS } from './slots';
import { BEHAVIOURS_OF_TABLES } from './tables';
import { BEHAVIOURS_OF_TLBS } from './tlbs';
import { BEHAVIOURS_OF_ZAPS } from './zaps';

export const BEHAVIOURS: readonly KvmExpectation[] = [
  ...BEHAVIOURS_OF_LIMITS,
  ...BEHAVIOURS_OF_FLUSHES,
  ...BEHAVIOURS_OF_TABLES,
  ...BEHAVIOURS_OF_SLOTS,
  ...BEHAVIOURS_OF_DIRTY_LOGS,
  ...BEHAVIOURS_OF_ZAPS,
  ...BEHAVIOURS_OF_ROOTS,
  ...BEHAVIOURS_OF_ENTRIES,
  ...BEHAVIOURS_OF_DIRECTORIES,
  ...BEHAVIOURS_OF_ATTRIBUTES,
  ...BEHAVIOURS_OF_ENDS,
  ...BEHAVIOURS_OF_PREFAULTS,
  ...BEHAVIOURS_OF_NESTED_GUESTS,
  ...BEHAVIOURS_OF_PAUSES,
  ...BEHAVIOURS_OF_TLBS,
  ...BEHAVIOURS_OF_MACHINES,
  ...BEHAVIOURS_OF_PARAMETERS,
  ...BEHAVIOURS_OF_RECORDS,
  ...BEHAVIOURS_OF_PASSES,
  ...BEHAVIOURS_OUTSIDE_SLOTS,
].map(expectation_of);
