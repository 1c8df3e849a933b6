/** Compares a copy of a machine, made in the middle of a program, with the machine itself. */

import { SUITE } from '../bin/kvm/suite';
import type { Program } from '../harness/program/command';
import type { Variant } from '../models/catalogue/variant';
import { start_session, type View } from '../models/lockstep/session';
import { fingerprint_of } from '../models/state/fingerprint';
import { new_places } from '../models/state/places';
import { new_copier } from '../models/state/session_copy';
import { SMALL_WORLD } from '../models/world/world';
import { program_of } from './campaign';

/** Number of commands of each program before the copy is made. */
const BEFORE = 12;

function after(variant: Variant, program: Program) {
  const session = start_session(variant, SMALL_WORLD);
  for (const command of program) session.step(command);
  return session;
}

const seen = (view: View): string => JSON.stringify([SUITE.row(view), view.crash, view.kvm.stat]);

/** Where a copy behaves differently from the machine that it was copied from; null if nowhere. */
export function strays(variant: Variant, cases: number): string | null {
  const copy = new_copier();
  const places = new_places(SMALL_WORLD, 'nothing', true);
  const copied = start_session(variant, SMALL_WORLD);
  for (let i = 0; i < cases; i++) {
    const program = program_of(i);
    const half = after(variant, program.slice(0, BEFORE));
    if (!half.view.quiescent) continue;
    copy(half, copied);
    for (const command of program.slice(BEFORE)) {
      half.step(command);
      copied.step(command);
      const where = `case ${i}, ${command.name}`;
      if (seen(copied.view) !== seen(half.view)) return `${where}: ${seen(copied.view)} for ${seen(half.view)}`;
      if (fingerprint_of(places, copied.view) !== fingerprint_of(places, half.view)) return `${where}: another state`;
    }
  }
  return null;
}
