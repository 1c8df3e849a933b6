import { CallError } from '../errors';

/** One program of a campaign. */
export interface Case {
  readonly seed: string;
  readonly index: number;
}

/** Reads `SEED:CASE`; the seed may contain colons. Returns null if the text is something else. */
export function parse_case(text: string): Case | null {
  const [, seed, digits] = /^(.+):(\d{1,15})$/.exec(text) ?? [];
  return seed === undefined ? null : { seed, index: Number(digits) };
}

/** Reads `SEED:CASE`. Throws a CallError if the text is something else. */
export function case_of(text: string | undefined): Case {
  const found = parse_case(text ?? '');
  if (found) return found;
  throw new CallError(`"${text ?? ''}" is not a SEED:CASE, like main:12 (check prints them)`);
}

export const case_text = ({ seed, index }: Case): string => `${seed}:${index}`;
