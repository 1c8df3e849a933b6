/** What a program may be about: some kinds of command, and some values of their arguments. */
import type { ArgValue } from '../program/command';
import type { Space, SpaceCommand } from '../program/space';

/** A theme. Its programs consist of what the guide suggests, and of these commands. */
export interface Theme {
  readonly name: string;
  /** How often each kind of command is drawn, relative to the others. */
  readonly weights: Readonly<Record<string, number>>;
  /** By command and argument, the values to draw from; one that is there twice is drawn twice as often. Others: all. */
  readonly values: Readonly<Record<string, Readonly<Record<string, readonly ArgValue[]>>>>;
}

/** The commands of a theme, each repeated as many times as its weight. Throws if the space has no such command, argument or value. */
export function lots_of({ commands }: Space, { name, weights, values }: Theme): SpaceCommand[] {
  return Object.entries(weights).flatMap(([command, weight]) => {
    const kind = commands.find((one) => one.name === command);
    if (!kind) throw new Error(`theme ${name}: no command ${command}`);
    const narrowed = narrow(name, kind, values[command] ?? {});
    return Array.from({ length: weight }, () => narrowed);
  });
}

function narrow(theme: string, kind: SpaceCommand, values: Theme['values'][string]): SpaceCommand {
  for (const [key, wanted] of Object.entries(values)) {
    const arg = kind.args.find((one) => one.key === key);
    const wrong = wanted.find((value) => !arg?.digit_of.has(value));
    if (!arg || wrong !== undefined) throw new Error(`theme ${theme}: ${kind.name} takes no ${key}=${wrong ?? ''}`);
  }
  const args = kind.args.map((arg) => {
    const wanted = values[arg.key];
    if (!wanted) return arg;
    return { ...arg, values: wanted, digits: wanted.map((value) => arg.digit_of.get(value) as number) };
  });
  return { ...kind, args };
}
