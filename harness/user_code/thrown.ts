/** What user code has thrown, in words, whatever it is: nothing of it is trusted to be an error, or to be readable. */
import { place_in_user_code } from './user_stack';

/** Longer messages say no more. */
const LETTERS_AT_MOST = 500;

/** A property of something that may throw when it is looked at; null if it is no text. */
function text_of(thing: unknown, key: string): string | null {
  try {
    const value = (thing as Record<string, unknown> | null | undefined)?.[key];
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

/** A value as a text; what cannot be one is told as its kind. */
function as_text(thing: unknown): string {
  try {
    return String(thing);
  } catch {
    return `${typeof thing} without a text`;
  }
}

/** One line, without what a terminal would take for a command. */
function on_one_line(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > LETTERS_AT_MOST ? `${line.slice(0, LETTERS_AT_MOST)}…` : line;
}

/** `TypeError: what it says (my-patch.ts:12)`: in one line. The place is the innermost line of the user's own, if there is one. */
export function words_of_thrown(thrown: unknown): string {
  const message = text_of(thrown, 'message');
  const name = text_of(thrown, 'name') ?? 'Error';
  const words = message === null ? `thrown: ${as_text(thrown)}` : `${name}: ${message}`;
  const place = place_in_user_code({ stack: text_of(thrown, 'stack') ?? '' });
  return `${on_one_line(words)}${place === null ? '' : ` (${place})`}`;
}
