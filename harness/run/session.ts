/** A running machine and what has happened on it. */
import type { Command } from '../program/command';
import type { Breach, Property } from './property';

/** A machine that a program runs on: the reference and an implementation, side by side. */
export interface Session<View> {
  readonly view: View;
  /** The kinds of event that the last command caused, each once. Properties with `after` are judged after these. */
  readonly happened: readonly string[];
  /** The second machine, if there is one. All properties of the first machine must hold for it too. */
  beside?(): View | null;
  /** Executes one command. Returns false if no command can follow, because the implementation crashed or hangs. */
  step(command: Command): boolean;
  /** Finishes the paused commands at the end of the program. Returns the same as step(), or null if none was paused. */
  finish?(): boolean | null;
  /** Whether a violation after the last command is none of this machine's doing. By default every one is. */
  excuses?(property: Property<View>, breach: Breach): boolean;
}

/**
 * The same session, with some functions of its own. What it shows is asked of it anew each time: a copy would stay as it was.
 */
export function session_with<View>(
  session: Session<View>,
  own: Pick<Session<View>, 'step'> & Pick<Partial<Session<View>>, 'finish' | 'excuses'>,
): Session<View> {
  return {
    get view() {
      return session.view;
    },
    get happened() {
      return session.happened;
    },
    beside: () => session.beside?.() ?? null,
    finish: () => session.finish?.() ?? null,
    ...own,
  };
}

/** The first violation of one property in one program. */
export interface Found {
  readonly property: string;
  /** Index of the command after which the property did not hold. */
  readonly step: number;
  readonly breach: Breach;
  /** The property held after the last command, and was violated when the paused commands finished. */
  readonly at_end?: true;
  /** The command never ended, so the program can only be run under a watchdog. */
  readonly hung?: boolean;
}
