/**
 * The language that declares the state of a machine: a table for each record, a line for each field. The tables give
 * the types. They are plain data, so that tests can check every field and code can be generated from them. See
 * docs/state.md.
 */

/** What a function does with a field: what the field's kind says, what handwritten code does, or nothing. */
export type Treatment = 'by kind' | { readonly by_hand: string } | { readonly left_out: string };
/** Handwritten code treats the field; `how` says what it does. */
export const by_hand = (how: string): Treatment => ({ by_hand: how });
/** Nothing is done with the field; `why` is the reason. */
export const left_out = (why: string): Treatment => ({ left_out: why });

/** The function that makes the record is given the initial value, because it depends on the world or on the time. */
export const GIVEN = { given: true } as const;

/**
 * When a field is reset: with each VM (destroy_vm) or with each command. `host`: never, because all VMs of a host share
 * it. `never`: it keeps its value even if the VM is replaced.
 */
export type Anew = 'vm' | 'command' | 'host' | 'never';

/** How a field differs from the defaults of field(). */
export interface Options<T> {
  readonly begins?: T | typeof GIVEN;
  readonly anew?: Anew;
  readonly copy?: Treatment;
  readonly equal?: Treatment;
  /** What the fingerprint does with the field. */
  readonly print?: Treatment;
  /** For a field of the reference: the field of the kernel side that it takes over when it adopts. */
  readonly adopts?: string | Treatment;
}

export type Kind =
  | 'bit'
  | 'int'
  | 'nullable'
  | 'amount'
  | 'wide amount'
  | 'moment'
  | 'choice'
  | 'flags'
  | 'numbers'
  | 'value'
  | 'record'
  | 'rows'
  | 'tuple'
  | 'structure'
  | 'fixed'
  | 'scratch';

/** A field of type T: its kind, its initial value, and how copies, comparisons and fingerprints treat it. */
export interface Field<T> {
  readonly kind: Kind;
  readonly begins: T | typeof GIVEN;
  readonly anew: Anew;
  readonly copy: Treatment;
  readonly equal: Treatment;
  readonly print: Treatment;
  readonly adopts?: string | Treatment | undefined;
  /** For a record, rows or a value: the fields inside. */
  readonly of?: Layout;
  /** For a choice, the values in the order of their numbers; for a small number, how many bits it takes. */
  readonly among?: readonly T[];
  readonly bits?: number | undefined;
  /** For a moment: the field with the clock. */
  readonly clock?: string;
}

/** The field always holds the same object or value. */
export interface Held<T> extends Field<T> {
  readonly held: true;
}

/** A table: the fields of a record. */
export type Layout = { readonly [field: string]: Field<unknown> };

type Of<F> = F extends Field<infer T> ? T : never;

/** The type that a table declares. */
export type State<L> = { -readonly [K in keyof L as L[K] extends Held<unknown> ? never : K]: Of<L[K]> } & {
  readonly [K in keyof L as L[K] extends Held<unknown> ? K : never]: Of<L[K]>;
};

/** A table for a type that is declared elsewhere. It does not compile if a field is missing. */
export type LayoutOf<T> = { readonly [K in keyof Required<T>]: Field<T[K]> };

function field<T>(kind: Kind, begins: T | typeof GIVEN, options: Options<T>): Field<T> {
  return { kind, begins, anew: 'never', copy: 'by kind', equal: 'by kind', print: 'by kind', ...options };
}

export const bit = (options: Options<boolean> = {}): Field<boolean> => field('bit', false, options);
/** A whole number of 32 bits. If `bits` is given, it has only so many bits and is never negative. */
export const int = (options: Options<number> & { bits?: number } = {}): Field<number> => field('int', 0, options);
/** Any number: milliseconds, or counters that wrap. */
export const amount = (options: Options<number> = {}): Field<number> => field<number>('amount', 0, options);
/** The same for numbers that a double may not hold exactly. */
export const wide_amount = (options: Options<number | bigint> = {}): Field<number | bigint> =>
  field<number | bigint>('wide amount', 0, options);
/** A whole number of 32 bits, or null, which is -1 in the fingerprint. */
export const nullable = (options: Options<number | null> = {}): Field<number | null> =>
  field<number | null>('nullable', null, options);
/** A moment of a clock. Only its distance to the clock has an influence, so only that is in the fingerprint. */
export const moment = (clock: string, options: Options<number> = {}): Field<number> => ({
  ...field<number>('moment', 0, options),
  clock,
});
/** One of these words (or null, if it is among them). */
export const choice = <T>(among: readonly T[], options: Options<T> = {}): Field<T> => ({
  ...field<T>('choice', among[0] as T, options),
  among,
});
/**
 * Flags that are replaced and never changed, so copies share them. Those of places are hashed there, by handwritten
 * code.
 */
export const flags = (options: Options<readonly boolean[]>): Field<readonly boolean[]> =>
  field('flags', GIVEN, options);
/** Numbers in an order that the values say. They are replaced and never changed, so copies share them. */
export const numbers = (options: Options<readonly number[]>): Field<readonly number[]> =>
  field('numbers', GIVEN, options);
/** An object that is replaced and never changed, so copies share it. It is equal only to itself. */
export const value = <T>(of: Layout, options: Options<T>): Field<T> => ({ ...field<T>('value', GIVEN, options), of });

/** Makes a field that is written only once, when the record is made. */
export const constant = <T>(of: Field<T>): Held<T> => held({ ...of, begins: GIVEN });
const held = <T>(of: Field<T>): Held<T> => ({ ...of, held: true });

/** A record inside the record. `replaceable`: another record may replace it. */
export const record = <T>(of: Layout, options: Options<T> = {}): Held<T> => held(replaceable(of, options));
export const replaceable = <T>(of: Layout, options: Options<T> = {}): Field<T> => ({
  ...field<T>('record', GIVEN, options),
  of,
});
/** An array of records. The world gives its length. */
export const rows = <T>(of: Layout, options: Options<T[]> = {}): Held<T[]> =>
  held({ ...field<T[]>('rows', GIVEN, options), of });
/** Three amounts. */
export const tuple = (options: Options<[number, number, number]> = {}): Held<[number, number, number]> =>
  held(field('tuple', [0, 0, 0], options));

/** Structures of links. Handwritten code treats them, and each treatment says how. */
type ByHand<T> = Options<T> & Required<Pick<Options<T>, 'copy' | 'equal' | 'print'>>;
export const structure = <T>(options: ByHand<T>): Held<T> => held(field<T>('structure', GIVEN, options));
/** The same if another object may replace it. */
export const link = <T>(options: ByHand<T>): Field<T> => field<T>('structure', GIVEN, options);

const nowhere = <T>(kind: Kind, begins: T | typeof GIVEN, anew: Anew, why: string): Field<T> => {
  const out = left_out(why);
  return { kind, begins, anew, copy: out, equal: out, print: out, adopts: out };
};

/** A field that is set when the machine is made and never changes. */
export const fixed = <T>(why: string): Held<T> => held(nowhere<T>('fixed', GIVEN, 'never', why));
/** The same for a field that is set a moment later. */
export const set_once = <T>(why: string): Field<T> => nowhere<T>('fixed', GIVEN, 'never', why);
/** A result of a command that is read before the next command begins. */
export const scratch = <T>(
  begins: T | typeof GIVEN,
  why = 'one command writes it, the next command resets it',
): Field<T> => nowhere('scratch', begins, 'command', why);
