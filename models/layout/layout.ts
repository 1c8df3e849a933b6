/**
 * The language in which a machine's state is declared: a table for each record, a line for each field. Types come from the
 * tables; they are plain data, so that tests can ask every field, and source be made of them. See docs/state.md.
 */

/** What one of the functions does with a field: what its kind says, what code written by hand does, or nothing. */
export type Treatment = 'by kind' | { readonly by_hand: string } | { readonly left_out: string };
export const by_hand = (how: string): Treatment => ({ by_hand: how });
export const left_out = (why: string): Treatment => ({ left_out: why });

/** The record's maker is given the initial value: it depends on the world, or on when. */
export const GIVEN = { given: true } as const;

/**
 * When a field begins anew: with each VM (destroy_vm), or with each command. `host`: never; it is one for all VMs of a host.
 * `never`: it goes on, though the VM is another.
 */
export type Anew = 'vm' | 'command' | 'host' | 'never';

export interface Options<T> {
  readonly begins?: T | typeof GIVEN;
  readonly anew?: Anew;
  readonly copy?: Treatment;
  readonly equal?: Treatment;
  /** In the fingerprint. */
  readonly print?: Treatment;
  /** Of the reference: the field of the kernel's that it takes over when it adopts. */
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
  | 'value'
  | 'record'
  | 'rows'
  | 'tuple'
  | 'structure'
  | 'fixed'
  | 'scratch';

/** A field of type T: what it is, how it begins, and what copies, comparisons and fingerprints do with it. */
export interface Field<T> {
  readonly kind: Kind;
  readonly begins: T | typeof GIVEN;
  readonly anew: Anew;
  readonly copy: Treatment;
  readonly equal: Treatment;
  readonly print: Treatment;
  readonly adopts?: string | Treatment | undefined;
  /** Of a record, of rows and of a value: what is in it. */
  readonly of?: Layout;
  /** Of a choice, in the order of their numbers; of a small number: how many bits it takes. */
  readonly among?: readonly T[];
  readonly bits?: number | undefined;
  /** Of a moment: the clock. */
  readonly clock?: string;
}

/** The field always holds the same object, or the same value. */
export interface Held<T> extends Field<T> {
  readonly held: true;
}

export type Layout = { readonly [field: string]: Field<unknown> };

type Of<F> = F extends Field<infer T> ? T : never;

/** The type that a table declares. */
export type State<L> = { -readonly [K in keyof L as L[K] extends Held<unknown> ? never : K]: Of<L[K]> } & {
  readonly [K in keyof L as L[K] extends Held<unknown> ? K : never]: Of<L[K]>;
};

/** A table for a type that is declared elsewhere: a forgotten field does not compile. */
export type LayoutOf<T> = { readonly [K in keyof Required<T>]: Field<T[K]> };

function field<T>(kind: Kind, begins: T | typeof GIVEN, options: Options<T>): Field<T> {
  return { kind, begins, anew: 'never', copy: 'by kind', equal: 'by kind', print: 'by kind', ...options };
}

export const bit = (options: Options<boolean> = {}): Field<boolean> => field('bit', false, options);
/** A whole number of 32 bits; of so few, where that is said, and then never below zero. */
export const int = (options: Options<number> & { bits?: number } = {}): Field<number> => field('int', 0, options);
/** Any number: milliseconds, counters that wrap. */
export const amount = (options: Options<number> = {}): Field<number> => field<number>('amount', 0, options);
/** The same where it may be larger than a double holds exactly. */
export const wide_amount = (options: Options<number | bigint> = {}): Field<number | bigint> =>
  field<number | bigint>('wide amount', 0, options);
/** A whole number of 32 bits, or null: -1 in the fingerprint. */
export const nullable = (options: Options<number | null> = {}): Field<number | null> =>
  field<number | null>('nullable', null, options);
/** A moment of a clock. Nothing depends on how late it is: only how far moments are apart goes into the fingerprint. */
export const moment = (clock: string, options: Options<number> = {}): Field<number> => ({
  ...field<number>('moment', 0, options),
  clock,
});
/** One of these words (or null, if that is among them). */
export const choice = <T>(among: readonly T[], options: Options<T> = {}): Field<T> => ({
  ...field<T>('choice', among[0] as T, options),
  among,
});
/** Flags, replaced and never changed: copies share them. Where they have a place, that is what the fingerprint goes by. */
export const flags = (options: Options<readonly boolean[]>): Field<readonly boolean[]> =>
  field('flags', GIVEN, options);
/** An object that is replaced, and never changed: copies share it, and it is equal to itself alone. */
export const value = <T>(of: Layout, options: Options<T>): Field<T> => ({ ...field<T>('value', GIVEN, options), of });

/** The same of a field that is written once, when the record is made. */
export const constant = <T>(of: Field<T>): Held<T> => held({ ...of, begins: GIVEN });
const held = <T>(of: Field<T>): Held<T> => ({ ...of, held: true });

/** A record inside the record; one that may be replaced by another. */
export const record = <T>(of: Layout, options: Options<T> = {}): Held<T> => held(replaceable(of, options));
export const replaceable = <T>(of: Layout, options: Options<T> = {}): Field<T> => ({
  ...field<T>('record', GIVEN, options),
  of,
});
/** An array of records, of which a world has so many. */
export const rows = <T>(of: Layout, options: Options<T[]> = {}): Held<T[]> =>
  held({ ...field<T[]>('rows', GIVEN, options), of });
/** Three amounts. */
export const tuple = (options: Options<[number, number, number]> = {}): Held<[number, number, number]> =>
  held(field('tuple', [0, 0, 0], options));

/** What links make: treated by hand, and each time said how. */
type ByHand<T> = Options<T> & Required<Pick<Options<T>, 'copy' | 'equal' | 'print'>>;
export const structure = <T>(options: ByHand<T>): Held<T> => held(field<T>('structure', GIVEN, options));
/** The same where another object may take its place. */
export const link = <T>(options: ByHand<T>): Field<T> => field<T>('structure', GIVEN, options);

const nowhere = <T>(kind: Kind, begins: T | typeof GIVEN, anew: Anew, why: string): Field<T> => {
  const out = left_out(why);
  return { kind, begins, anew, copy: out, equal: out, print: out, adopts: out };
};

/** What a machine is made with, and never changes. */
export const fixed = <T>(why: string): Held<T> => held(nowhere<T>('fixed', GIVEN, 'never', why));
/** The same where it is set a moment later. */
export const set_once = <T>(why: string): Field<T> => nowhere<T>('fixed', GIVEN, 'never', why);
/** What a command leaves to be read before the next begins. */
export const scratch = <T>(begins: T | typeof GIVEN, why = 'a command leaves it, the next begins it anew'): Field<T> =>
  nowhere('scratch', begins, 'command', why);
