/**
 * Until the program has its own handler, what is thrown while its modules are loaded ends it with exit code 3: Node's own 1 would
 * look like a verdict. Loaded before all that may throw.
 */
export const CRASHED = 3;

export function crash(error: unknown): never {
  console.error(error);
  process.exit(CRASHED);
}
process.on('uncaughtException', crash);
