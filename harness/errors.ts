/**
 * The user's call or file is wrong: one clear line, exit code 2. It is neither a verdict nor a defect of the harness.
 */
export class CallError extends Error {
  override readonly name = 'CallError';
}

/** Returns the thing with this name. Throws a CallError that names the bad name and the known ones. */
export function known<T>(what: string, name: string, things: ReadonlyMap<string, T>): T {
  const thing = things.get(name);
  if (thing === undefined) throw new CallError(`no ${what} "${name}"; known: ${[...things.keys()].join(', ')}`);
  return thing;
}
