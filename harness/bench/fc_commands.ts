/** The same models, properties and mix of commands, run by fast-check's own `fc.commands` and `fc.modelRun`. */
import fc from 'fast-check';
import type { Command } from '../program/command';
import type { Property } from '../run/property';
import { judge } from '../run/run';
import type { Session } from '../run/session';
import type { Suite } from '../suite';

interface Real<View> {
  readonly variant: string;
  readonly session: Session<View>;
  readonly properties: readonly Property<View>[];
  readonly broken: Broken<View>;
  alive: boolean;
  steps: number;
}

/** Called for each violation. If it returns true, the program ends. */
export type Broken<View> = (variant: string, property: Property<View>) => boolean;

/** Wraps a command of the harness as a command of fast-check. */
class FcCommand<View> implements fc.Command<object, Real<View>> {
  constructor(readonly command: Command) {}
  check(): boolean {
    return true;
  }
  run(_: object, real: Real<View>): void {
    // In fast-check only a failure ends a program early, so after a crash the remaining commands do nothing.
    if (!real.alive) return;
    real.steps++;
    real.alive = real.session.step(this.command);
    for (const property of real.properties) {
      if (judge(real.session, property, real.alive) === null) continue;
      if (real.broken(real.variant, property)) real.alive = false;
    }
  }
  toString(): string {
    return this.command.name;
  }
}

/** Programs as `fc.commands` draws them: kinds of command in proportion to their weights, arguments at random. */
export function fc_programs<View>(suite: Suite<View>, max_commands: number) {
  const kinds = suite.space.commands.map(({ name, weight, args }) => {
    const values = Object.fromEntries(args.map(({ key, values }) => [key, fc.constantFrom(...values)]));
    return { weight, arbitrary: fc.record(values).map((drawn) => new FcCommand<View>({ name, args: drawn })) };
  });
  return fc.commands([fc.oneof(...kinds)], { maxCommands: max_commands, size: 'max' });
}

/** Runs drawn commands on a variant. Returns the number of commands that ran. */
export function run_commands<View>(
  suite: Suite<View>,
  variant: string,
  commands: Iterable<fc.Command<object, Real<View>>>,
  properties: readonly Property<View>[],
  broken: Broken<View>,
): number {
  const real = { variant, session: suite.start(variant), properties, broken, alive: true, steps: 0 };
  fc.modelRun(() => ({ model: {}, real }), commands);
  return real.steps;
}
