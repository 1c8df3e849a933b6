/** What is well-formed, and then changed: a few changes to its structure, seldom one to its text. */
import fc from 'fast-check';

/** Values that are seldom what is wanted. */
const ODD: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 2, 7, 511, 512, 1e9, 2 ** 31, 2 ** 53, 1e300, -0.5, '', ' ', '\u0000', '\u001b[31m'],
  ...[
    '\ufeff',
    '\n',
    'a\nb',
    '__proto__',
    'constructor',
    'toString',
    '../../x',
    '/dev/zero',
    'x'.repeat(2000),
    '🂡',
    '\ud800',
  ],
  ...[
    [],
    {},
    [[]],
    [null],
    { '': '' },
    { length: 3 },
    [1, 2, 3],
    { conforming: true },
    { conforming: true, except: {} },
  ],
];

/** One change, as numbers and texts: whatever it is done to, it does something. */
export interface Change {
  readonly at: number;
  readonly how: number;
  readonly with: number;
  readonly text: string;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(9999),
  how: fc.nat(99),
  with: fc.nat(9999),
  text: fc.oneof(
    fc.string({ maxLength: 6, unit: 'binary' }),
    fc.constantFrom('=', ' ', '  ', '\t', '\r', ':', '#', '"', '-', '0x1'),
  ),
});

/** Up to three changes of structure, and in one case of eight one of the text. */
export const changes = fc.record({
  base: fc.nat(9999),
  structure: fc.array(change, { maxLength: 3 }),
  text: fc.option(change, { freq: 7 }),
});
export type Changes = typeof changes extends fc.Arbitrary<infer T> ? T : never;

const pick = <T>(things: readonly T[], n: number): T => things[n % things.length] as T;

/** A text with one place changed. `words` are texts that mean something there. */
export function text_changed(
  text: string,
  { at, how, with: other, text: more }: Change,
  words: readonly string[],
): string {
  const place = at % (text.length + 1);
  const [before, after] = [text.slice(0, place), text.slice(place)];
  switch (how % 8) {
    case 0:
      return before + more + after;
    case 1:
      return before + after.slice(1 + (other % 4));
    case 2:
      return before;
    case 3:
      return `\ufeff${text}`;
    case 4:
      return before + pick(words, other) + after;
    case 5:
      return text.replace(/\d+/, String(pick([-1, 0, 1, 31, 32, 512, 4_294_967_295, 1e300], other)));
    case 6:
      return text + text;
    default:
      return text
        .split(' ')
        .toSpliced(at % 4, other % 2, pick(words, other))
        .join(' ');
  }
}

/** A piece of data, and how it is replaced in what it is part of. */
interface Node {
  readonly value: unknown;
  readonly holder: Record<string, unknown> | unknown[] | null;
  readonly key: string;
}

const is_holder = (value: unknown): value is Record<string, unknown> | unknown[] =>
  typeof value === 'object' && value !== null;

function nodes_of(value: unknown, holder: Node['holder'] = null, key = ''): Node[] {
  const below = is_holder(value) ? Object.entries(value).flatMap(([name, one]) => nodes_of(one, value, name)) : [];
  return [{ value, holder, key }, ...below];
}

function put(holder: Record<string, unknown> | unknown[], key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}

/** The same data with one part changed; the data that is given is changed, too. */
export function data_changed(data: unknown, one: Change, words: readonly string[]): unknown {
  const nodes = nodes_of(data);
  const { value, holder, key } = pick(nodes, one.at);
  const instead = (): unknown => {
    if (one.how % 3 === 0) return structuredClone(pick(nodes, one.with).value);
    if (one.how % 3 === 1 && typeof value === 'string') return text_changed(value, one, words);
    if (one.how % 3 === 1 && typeof value === 'number')
      return value + pick([-1, 1, 0.5, 511, -value, value, 1e15], one.with);
    return structuredClone(pick(ODD, one.with));
  };
  if (holder === null) return one.how < 90 ? data : instead();
  if (one.how < 20) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  } else if (one.how < 30) {
    if (Array.isArray(holder)) holder.push(...holder.slice(0, 1 + (one.with % 50)));
    else put(holder, pick(['__proto__', 'x', '', ...words], one.with), value);
  } else put(holder, key, instead());
  return data;
}
