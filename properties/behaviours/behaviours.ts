/** Rules of the kernel's own that no claim is about: short programs, and what must be seen at their end. */
import type { Rule } from './behaviour';
import { RULES_OF_FLUSHES } from './flushes';
import { RULES_OF_LIMITS } from './limits';
import { RULES_OF_MACHINES } from './machines';
import { RULES_OF_NESTED_GUESTS } from './nested_guests';
import { RULES_OF_PARAMETERS } from './parameters';
import { RULES_OF_PAUSES } from './pauses';
import { RULES_OF_SLOTS } from './slots';
import { RULES_OF_TABLES } from './tables';
import { RULES_OF_TLBS } from './tlbs';

export const RULES: readonly Rule[] = [
  ...RULES_OF_LIMITS,
  ...RULES_OF_FLUSHES,
  ...RULES_OF_TABLES,
  ...RULES_OF_SLOTS,
  ...RULES_OF_NESTED_GUESTS,
  ...RULES_OF_PAUSES,
  ...RULES_OF_TLBS,
  ...RULES_OF_MACHINES,
  ...RULES_OF_PARAMETERS,
];
