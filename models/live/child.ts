/** Programs that are started end with this process, however that ends: the kernel sees to it, where the machine has setpriv. */
import { existsSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';
const WITH_US = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--'] : [];

/** The same program and words, by way of setpriv. It is the same process: its number, its signals, its exit code are the program's. */
export function ending_with_us(program: string, args: readonly string[]): [program: string, args: string[]] {
  const [first = program, ...rest] = [...WITH_US, program, ...args];
  return [first, rest];
}

/**
 * Runs a program in a group of its own, which is killed when the pipe with the number 3 is closed: by this process's end, however
 * it ends. For programs that give up rights, of which the kernel then forgets whose death is theirs (apt).
 */
const GROUP =
  '"$@" 3<&- & child=$!; { read -r _ <&3; kill -9 0; } & wait "$child"; code=$?; kill -9 $! 2>/dev/null; exit $code';

export const group_ending_with_us = (program: string, args: readonly string[]): [program: string, args: string[]] => [
  '/bin/sh',
  ['-c', GROUP, 'sh', program, ...args],
];

/** What a shell says where there is no such program. */
export const NOT_THERE = 127;

/** Whether the program was not there to be started: setpriv says so in its own words. */
export const was_not_there = (said: string): boolean => /^setpriv: failed to execute /m.test(said);
