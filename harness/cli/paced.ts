import { new_pace } from '../pace';
import type { Terminal } from './cli';

/** Shows what is being done, and of a search how long it may still take; it ends at `until`, in milliseconds since 1970. */
export function paced(terminal: Terminal, until?: number): (text: string, done?: number, of?: number) => void {
  const pace = new_pace(terminal.now, until);
  return (text, done, of) => {
    const left = done === undefined || of === undefined ? '' : pace('programs', done, of);
    terminal.progress(left === '' ? text : `${text}, ${left} more`);
  };
}
