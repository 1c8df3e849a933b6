/** The programs that mutants are asked with: the campaign `models`. */

import { SUITE } from '../bin/kvm/suite';
import { random_of_case } from '../harness/generate/seed';
import type { Program } from '../harness/program/command';

const drawn: Program[] = [];

/** A case of the campaign: the same program for every variant, and nothing of the kernel's has a part in it. */
export function program_of(i: number): Program {
  drawn[i] ??= SUITE.programs.draw(random_of_case('models', i));
  return drawn[i];
}
