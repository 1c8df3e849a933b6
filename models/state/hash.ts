/**
 * Two 32-bit hashes side by side, as one number of 53 bits. For n different states, the probability that any two share
 * a number is about n^2 / 2^54: one in twenty thousand for a million states.
 */

/** The content of each place as a sum of hashes, so that the order does not matter. */
export interface Sums {
  readonly a: Int32Array;
  readonly b: Int32Array;
}

export const new_sums = (n: number): Sums => ({ a: new Int32Array(n), b: new Int32Array(n) });

/** A loop, because a call of fill() costs more for so few elements. */
export function clear(sums: Sums): void {
  for (let at = 0; at < sums.a.length; at++) clear_one(sums, at);
}

export function clear_one(sums: Sums, at: number): void {
  sums.a[at] = 0;
  sums.b[at] = 0;
}

// Local names: where globals are proxies, as under Jest, looking up `Math` costs more than everything else here.
const { imul, floor } = Math;

let a = 0;
let b = 0;

/** Begins a hash of items in a fixed order. put() adds the items. */
export function begin(kind: number): void {
  a = 0x2545_f491;
  b = 0x1b87_3593;
  put(kind);
}

/** Adds a 32-bit whole number. */
export function put(value: number): void {
  a = imul(a ^ value, 0x9e37_79b1);
  a ^= a >>> 15;
  b = imul(b ^ value, 0x85eb_ca77);
  b ^= b >>> 13;
}

/** Adds any number: milliseconds, counters that may be negative, an infinite wait. */
export function put_any(value: number): void {
  if ((value | 0) === value) put(value);
  else {
    put(0x7fff_fff1);
    put(value % 0x1_0000_0000);
    put(floor(value / 0x1_0000_0000));
  }
}

/** Adds the sum of a place. */
export function put_sum(sums: Sums, at: number): void {
  put(sums.a[at] as number);
  a = imul(a ^ (sums.b[at] as number), 0xc2b2_ae3d);
  a ^= a >>> 16;
  b = imul(b ^ (sums.b[at] as number), 0x27d4_eb2f);
  b ^= b >>> 14;
}

/** Adds the hash to the sum of a place. */
export function add_to(sums: Sums, at: number): void {
  a = imul(a ^ (a >>> 16), 0x7feb_352d);
  b = imul(b ^ (b >>> 16), 0x846c_a68b);
  sums.a[at] = (sums.a[at] as number) + (a ^ (a >>> 15));
  sums.b[at] = (sums.b[at] as number) + (b ^ (b >>> 15));
}

/** Makes the hash the sum of a place. */
export function store(sums: Sums, at: number): void {
  sums.a[at] = 0;
  sums.b[at] = 0;
  add_to(sums, at);
}

export const is_empty = (sums: Sums, at: number): boolean => sums.a[at] === 0 && sums.b[at] === 0;
export const same = (sums: Sums, i: number, j: number): boolean => sums.a[i] === sums.a[j] && sums.b[i] === sums.b[j];

/** The hash as one whole number that a double holds exactly. */
export function value(): number {
  return (b >>> 11) * 0x1_0000_0000 + (a >>> 0);
}
