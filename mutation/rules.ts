/** Rules of the kernel's own that no claim is about: short programs, and what must be seen at their end. */
import type { Rule } from './rule';
import { RULES_OF_FLUSHES } from './rules_of_flushes';
import { RULES_OF_LIMITS } from './rules_of_limits';
import { RULES_OF_MACHINES } from './rules_of_machines';
import { RULES_OF_NESTED_GUESTS } from './rules_of_nested_guests';
import { RULES_OF_PARAMETERS } from './rules_of_parameters';
import { RULES_OF_PAUSES } from './rules_of_pauses';
import { RULES_OF_SLOTS } from './rules_of_slots';
import { RULES_OF_TABLES } from './rules_of_tables';
import { RULES_OF_TLBS } from './rules_of_tlbs';

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
