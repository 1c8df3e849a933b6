/** Lines as a terminal may be given them: what it would take for a command, or for the end of the line, is spelt out. */

/** Controls but for tabs; the line ends of Unicode; what turns the direction of text, or has no width. */
const UNPRINTABLE = /[^\P{Cc}\t]|[\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** The same line, with `\u001b` for an escape: in JSON, too, that is the same text. */
export const quoted_line = (line: string): string =>
  line.replaceAll(UNPRINTABLE, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What GitHub's runner would take for a command of its own: `::` where a line begins, but for our annotations, and `##[` anywhere. */
const COMMAND = /^(\s+::|::(?!error ))|##\[/g;

/** The same line for a log of GitHub Actions, in which nothing that was only quoted is a command. */
export const uncommanded_line = (line: string): string =>
  line.replaceAll(COMMAND, (text) => text.replace(/:(?=:)/, '\\u003a').replace('##[', '#\\u0023['));
