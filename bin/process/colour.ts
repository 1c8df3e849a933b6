/** Colours of what is printed, by what the lines say: without them the text is the same. */
import type { Terminal } from '../../harness/cli/cli';

type Env = Terminal['env'];

/** Whether a terminal takes colours, and nobody has asked for none (no-color.org). */
export const takes_colour = (is_terminal: boolean, { NO_COLOR, TERM }: Env): boolean =>
  is_terminal && !NO_COLOR && TERM !== 'dumb' && TERM !== undefined;

const [BAD, GOOD, SOFT] = ['1;31', '32', '2'];

/** The first that matches a part of the line. Words of the text alone decide. */
const PAINT: readonly (readonly [RegExp, string])[] = [
  [
    /\b(NOT AS EXPECTED|NOT as expected|NOT reproduced|UNEXPECTED|MISSING|UNREACHED|UNTRIED|UNCAUGHT|MISSED|BROKEN|NEW|FLAKE)\b/g,
    BAD,
  ],
  [/<- broken| ! |^ *(broken)(?= {2})/g, BAD],
  [/^ *(proven|known)(?= {2})|\bas expected\b|\ball as recorded\b|\bnothing new is broken\b/g, GOOD],
  [/^ *(again|keep|often|without \w+)(?= {2})|[│┆]/g, SOFT],
];

/** The line with colours, unless it is JSON. It must have no control characters of its own. */
export const painted = (line: string): string =>
  line.startsWith('{')
    ? line
    : PAINT.reduce(
        (text, [what, colour]) => text.replaceAll(what, (part) => `\u001b[${colour}m${part}\u001b[0m`),
        line,
      );
