/** Programs that are started end with this process, however that ends: the kernel sees to it, where the machine has setpriv. */
import { existsSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';
const WITH_US = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--'] : [];

/** The same program and words, by way of setpriv. It is the same process: its number, its signals, its exit code are the program's. */
export function ending_with_us(program: string, args: readonly string[]): [program: string, args: string[]] {
  const [first = program, ...rest] = [...WITH_US, program, ...args];
  return [first, rest];
}

/** Whether the program was not there to be started: setpriv says so in its own words. */
export const was_not_there = (said: string): boolean => /^setpriv: failed to execute /m.test(said);
