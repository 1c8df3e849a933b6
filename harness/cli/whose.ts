/** Which process writes a file: others see whether it is still at work. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { is_alive } from '../files/save';

export interface Process {
  readonly pid: number;
  /** When it began, as its kernel counts: another may have its number later. 0 where nobody says. */
  readonly start: string;
  /** Where the number names the same process: a digest of the machine, and the container of it. */
  readonly place: string;
}

/** Whether the process still runs; null if it is of another machine or container, where nobody knows. */
export function lives({ pid, start, place }: Process): boolean | null {
  if (place !== MYSELF.place) return null;
  return is_alive(pid) && start_of(pid) === start;
}

function start_of(pid: number | 'self'): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in brackets, may have spaces and brackets of its own.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    return '0';
  }
}

function container(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

export const MYSELF: Process = {
  pid: process.pid,
  start: start_of('self'),
  place: createHash('sha256').update(`${hostname()}\n${container()}`).digest('hex').slice(0, 8),
};
