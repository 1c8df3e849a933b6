/** Child processes end with this process, however it ends. The kernel ensures that, if the machine has setpriv. */
import { existsSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';
const WITH_US = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--'] : [];

/**
 * The same program and arguments, started through setpriv. It stays the same process: its number, signals and exit code
 * are the program's.
 */
export function ending_with_us(program: string, args: readonly string[]): [program: string, args: string[]] {
  const [first = program, ...rest] = [...WITH_US, program, ...args];
  return [first, rest];
}

/**
 * Runs a program in a process group that is killed when pipe number 3 is closed, which happens when this process ends,
 * however it ends. For programs that give up rights (apt): the kernel then forgets that they are to end with their
 * parent.
 */
const GROUP =
  '"$@" 3<&- & child=$!; { read -r _ <&3; kill -9 0; } & wait "$child"; code=$?; kill -9 $! 2>/dev/null; exit $code';

export const group_ending_with_us = (program: string, args: readonly string[]): [program: string, args: string[]] => [
  '/bin/sh',
  ['-c', GROUP, 'sh', program, ...args],
];

/** The exit code of a shell if there is no such program. */
export const NOT_THERE = 127;

/** Whether the program did not exist: setpriv has a message of its own for that. */
export const was_not_there = (said: string): boolean => /^setpriv: failed to execute /m.test(said);
