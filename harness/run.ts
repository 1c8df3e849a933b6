import type { Command, Program } from './command';
import type { Breach, Goal, Property } from './property';

/** A machine that a program runs on: the reference and an implementation, side by side. */
export interface Session<View> {
  readonly view: View;
  /** Executes one command. False when nothing can follow it: the implementation has crashed or hangs. */
  step(command: Command): boolean;
}

/** The first breach of one property in one program. */
export interface Found {
  readonly property: string;
  /** Index of the command after which the property did not hold. */
  readonly step: number;
  readonly breach: Breach;
}

/** Runs a program and returns the first breach of each property. Stops when all have been broken, or at a crash. */
export function run<View>(session: Session<View>, program: Program, properties: readonly Property<View>[]): Found[] {
  const found: Found[] = [];
  const intact = [...properties];
  for (let step = 0; step < program.length && intact.length > 0; step++) {
    const goes_on = session.step(program[step] as Command);
    for (let i = intact.length - 1; i >= 0; i--) {
      const property = intact[i] as Property<View>;
      const broken = property.check(session.view);
      if (!broken) continue;
      found.push({ property: property.name, step, breach: broken });
      intact.splice(i, 1);
    }
    if (!goes_on) break;
  }
  return found;
}

/** The first breach of one property, or null. */
export function first_breach<View>(session: Session<View>, program: Program, property: Property<View>): Found | null {
  return run(session, program, [property])[0] ?? null;
}

/** Runs a program for the goals it reaches: those are taken out of `open`. */
export function reach<View>(session: Session<View>, program: Program, open: Set<Goal<View>>): void {
  for (const command of program) {
    if (open.size === 0) return;
    const goes_on = session.step(command);
    for (const goal of open) if (goal.reached(session.view)) open.delete(goal);
    if (!goes_on) return;
  }
}
