/** The user's call or file is wrong: one clear line, exit code 2. Not a verdict and not a defect of the harness. */
export class CallError extends Error {
  override readonly name = 'CallError';
}

/** The known thing of this name. Throws a CallError that names the bad one and the known ones. */
export function known<T>(what: string, name: string, things: ReadonlyMap<string, T>): T {
  const thing = things.get(name);
  if (thing === undefined) throw new CallError(`no ${what} "${name}"; known: ${[...things.keys()].join(', ')}`);
  return thing;
}
