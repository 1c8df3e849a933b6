import { known_names } from './nearest';

/**
 * The user's call or file is wrong: one clear line, exit code 2. It is neither a verdict nor a defect of the harness.
 */
export class CallError extends Error {
  override readonly name = 'CallError';

  /** `details`: what others say of it, a line each (a compiler, a console). */
  constructor(
    message: string,
    readonly details: readonly string[] = [],
  ) {
    super(message);
  }
}

/** The user wants an end before anything has been found. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('interrupted');
  }
}

/** Returns the thing with this name. Throws a CallError that names the bad name and the known ones. */
export function known<T>(what: string, name: string, things: ReadonlyMap<string, T>): T {
  const thing = things.get(name);
  if (thing === undefined) {
    const names = [...things.keys()];
    throw new CallError(`no ${what} "${name}"${known_names(name, names)}`);
  }
  return thing;
}
