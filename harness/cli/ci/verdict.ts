/** What the formats that CI reads are made of: finished results as plain data. */

/** A line of a CI's report. */
export interface Verdict {
  /** What it is a part of: `regressions`, a variant, a kernel. */
  readonly group: string;
  /** A regression, or a property. */
  readonly name: string;
  /** `known`: broken in a way that is known and expected. `skipped`: it does not apply. */
  readonly status: 'passed' | 'failed' | 'known' | 'skipped';
  /** Of `known` and `skipped`: which defect, or why. Of `failed`: what is wrong, in a line. */
  readonly why: string;
  /** More of it: the table, the program. */
  readonly lines: readonly string[];
  /** The file that a reader should look at, such as the user's own implementation. */
  readonly file?: string;
  /** The line of the file, from 1. */
  readonly line?: number;
}

/** Characters that XML 1.0 has no way to write, and those that would change what a terminal or a log shows. */
const UNPRINTABLE =
  /[^\P{Cc}\t\n]|[\ud800-\udfff\ufffe\uffff\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** The text with what is unprintable spelt out. */
export const printable = (text: string): string =>
  text.replaceAll(UNPRINTABLE, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The same on one line. */
export const on_one_line = (text: string): string => printable(text).replaceAll(/\s*\n\s*/g, ' ');
