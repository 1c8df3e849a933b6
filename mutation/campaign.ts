/** The random programs on which mutants are checked: the campaign `models`. */

import { SUITE } from '../bin/kvm/suite';
import { random_of_case } from '../harness/generate/seed';
import type { Program } from '../harness/program/command';

const drawn: Program[] = [];

/** A case of the campaign. It is the same program for every variant, and no code of `models/kernel` influences it. */
export function program_of(i: number): Program {
  drawn[i] ??= SUITE.programs.draw(random_of_case('models', i));
  return drawn[i];
}
