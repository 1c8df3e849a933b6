/**
 * Until the program has its own handler, an error that is thrown while its modules are loaded ends it with exit code 3: Node's
 * own 1 would look like a verdict. A wrong file of the catalogue is one line, and exit code 2. Loaded before all modules that
 * may throw.
 */
export const CRASHED = 3;
const WRONG_CALL = 2;

export function crash(error: unknown): never {
  // By name: the class itself is one of the modules that are loaded later.
  if (error instanceof Error && error.name === 'CallError') {
    console.error(error.message);
    process.exit(WRONG_CALL);
  }
  console.error(error);
  process.exit(CRASHED);
}
process.on('uncaughtException', crash);
