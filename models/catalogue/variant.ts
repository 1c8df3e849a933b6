import { CallError } from '../../harness/errors';
import { did_you_mean } from '../../harness/nearest';
import { kvm_mmu_zap_memslot } from '../kernel/memslots';
import { warns_of_any_page } from '../kernel/nx_recovery';
import type { KernelOps } from '../kernel/ops';
import type { Contract } from '../spec/contract';
import type { Calls } from './calls';
import type { FORMER_ENTRIES } from './former_names';

/** An entry that is replaced as a whole; of any other, which is an object, parts may be replaced. */
type Whole = ((...args: never[]) => unknown) | readonly unknown[] | boolean | number | string;
type Parts<T> = { readonly [K in keyof T]?: T[K] extends Whole ? T[K] : Parts<T[K]> };

/** Entries by the names that they had first. */
type Former = { readonly [K in keyof typeof FORMER_ENTRIES]?: KernelOps[(typeof FORMER_ENTRIES)[K]] };

/** The entries of the table of functions that a variant replaces. */
export type Replaced = Parts<KernelOps> & Former;

/**
 * What a file of `models/variants/` exports; its name is the file's. A variant with a base takes everything over from
 * it but the entries it names.
 */
export interface VariantFile {
  /** A baseline's mechanism, fixed; a kernel as people got it; a defect put into a baseline; a user's own. */
  readonly kind: 'baseline' | 'shipped' | 'defect' | 'own';
  readonly base?: string;
  /** Where it was seen: commit, kernel version, patch. */
  readonly source: string;
  /** Of a defect of real kernels: what is wrong, in a line, and the first version that has it, as far as is known. */
  readonly title?: string;
  readonly since?: string;
  /** `violates`: all of these properties, and nothing else but what may `follow` from that sooner or later. */
  readonly expect: 'conforms' | { readonly violates: readonly string[]; readonly follows?: readonly string[] };
  /** Variants whose defects are in it: it replaces what they replace, in this order, and violates what they violate. */
  readonly defects?: readonly string[];
  /** Of a user's own on a baseline: false takes out the fixes that no kernel has shipped, and runs the base so, too, beside it. */
  readonly unshipped_fixes?: boolean;
  /** By property: why it does not break here, though one of the defects breaks it alone. */
  readonly hidden?: Readonly<Record<string, string>>;
  /** Differences that are no defects, from the base's contract. */
  readonly contract?: Partial<Contract>;
  readonly kernel?: Replaced;
}

type OnABase = Omit<VariantFile, 'kind' | 'expect'> &
  Partial<Omit<VariantFile, 'kind'>> & { readonly base: string; readonly kind?: VariantFile['kind'] | 'era' };

/** Defines a variant that is built on another. One that says nothing of it is the user's own, and must conform. */
export const variant = ({ kind = 'own', ...file }: OnABase): VariantFile => ({
  expect: 'conforms',
  ...file,
  // The name that a baseline had first.
  kind: kind === 'era' ? 'baseline' : kind,
});

/** Defines a variant from nothing: the whole contract and the whole table of functions. */
export const first_baseline = (file: VariantFile & { contract: Contract; kernel: KernelOps }): VariantFile => file;

/** A variant with what it takes over from its bases filled in. */
export interface Variant {
  readonly name: string;
  readonly kind: VariantFile['kind'];
  readonly base: string | null;
  readonly source: string;
  readonly violates: readonly string[];
  readonly follows: readonly string[];
  readonly contract: Contract;
  readonly title: string | null;
  readonly since: string | null;
  /** The variants whose defects are in it. */
  readonly defects: readonly string[];
  /** What it replaces of its base's entries by itself, and with its defects. */
  readonly own: Replaced;
  readonly kernel: Replaced;
  readonly ops: KernelOps;
  /** Of the user's own: the base that is run beside it, because that breaks properties by itself. */
  readonly beside?: Variant;
  /** Of the user's own: how often each entry that it replaces was asked so far. */
  readonly calls?: ReadonlyMap<string, Calls>;
}

/**
 * Fills in what variants take over. Each is made once, so that what one has from another is the same thing. Throws a
 * CallError if a base or a defect is missing, or if a variant builds on itself.
 */
export function resolve_variants(files: ReadonlyMap<string, VariantFile>): ReadonlyMap<string, Variant> {
  const made = new Map<string, Variant>();
  const making: string[] = [];
  const find = (name: string): Variant | null => {
    const file = files.get(name);
    const before = made.get(name);
    if (before || !file) return before ?? null;
    if (making.includes(name)) throw new CallError(`${name} builds on itself: ${[...making, name].join(', ')}`);
    making.push(name);
    const variant = resolve_over(name, file, find, [...files.keys()]);
    making.pop();
    made.set(name, variant);
    return variant;
  };
  return new Map([...files.keys()].map((name) => [name, find(name) as Variant]));
}

/** Whatever else a defect breaks, in the end not all is mapped that should be: who conforms is asked for it, nobody else. */
const FOLLOWS_ALWAYS = ['mapped-as-the-reference-has-it', 'faults-are-foretold'];

/** Fills in what one file takes over from a base and from defects, which `find` finds among `names`; else a CallError. */
export function resolve_over(
  name: string,
  file: VariantFile,
  find: (name: string) => Variant | null,
  names: readonly string[],
): Variant {
  const found = (other: string): Variant => {
    const variant = find(other);
    if (!variant) throw new CallError(`${name}: no variant "${other}" to build on${did_you_mean(other, names)}`);
    return variant;
  };
  const { kind, source } = file;
  const defects = (file.defects ?? []).map(found);
  const expected = expectation(file, defects);
  const own = file.kernel ?? {};
  const kernel = replaced_by([...defects, { kernel: own }]);
  const about = { title: file.title ?? null, since: file.since ?? null };
  const known = { ...about, defects: defects.map((one) => one.name), own, kernel };
  if (file.base === undefined) {
    // first_baseline() has checked that nothing is missing.
    const whole = { contract: file.contract as Contract, ops: file.kernel as KernelOps };
    return { name, kind, base: null, source, ...expected, ...known, ...whole };
  }
  const base = found(file.base);
  const contract = { ...base.contract, ...file.contract };
  return { name, kind, base: base.name, source, ...expected, ...known, contract, ops: replace(base.ops, kernel) };
}

/** What they replace, one after the other. */
const replaced_by = (all: readonly { readonly kernel: Replaced }[]): Replaced =>
  all.reduce<Replaced>((before, { kernel }) => replace(before, kernel), {});

/** The same kernel on its base, with these defects instead of its own. */
export function with_defects(variant: Variant, base: Variant, defects: readonly Variant[]): Variant {
  const kernel = replaced_by([...defects, { kernel: variant.own }]);
  return { ...variant, kernel, defects: defects.map(({ name }) => name), ops: replace(base.ops, kernel) };
}

/** What the defects violate but for what is hidden, and what the file says itself. */
function expectation({ expect, hidden = {} }: VariantFile, defects: readonly Variant[]) {
  const own = expect === 'conforms' ? { violates: [] } : expect;
  const shown = (properties: readonly string[]) => properties.filter((property) => !Object.hasOwn(hidden, property));
  const violates = [...new Set([...shown(defects.flatMap((one) => one.violates)), ...own.violates])];
  const follows = new Set([...defects.flatMap((one) => one.follows), ...(own.follows ?? [])]);
  for (const property of [...FOLLOWS_ALWAYS, ...violates]) follows.delete(property);
  return { violates, follows: violates.length === 0 ? [] : [...follows, ...FOLLOWS_ALWAYS] };
}

/** B35, B37 to B39, B42 and B51 are fixed in the baselines, and in no kernel. */
const UNSHIPPED: Replaced = {
  kvm_mmu_zap_memslot,
  builds_tables_outside_slots: true,
  warns_without_slot: warns_of_any_page,
  drops_idle_tables: { when_logging_stops: { tdp: false, shadow: false }, when_backing_heals: false },
};

/** The same baseline, without the fixes that no kernel has shipped. */
export const without_unshipped_fixes = (variant: Variant): Variant => ({
  ...variant,
  name: `${variant.name} without unshipped fixes`,
  kind: 'shipped',
  ops: replace(variant.ops, UNSHIPPED),
});

const is_record = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same, entries or parts of entries replaced. */
export function replace<T extends object>(whole: T, parts: object): T {
  const before = new Map<string, unknown>(Object.entries(whole));
  const replaced = Object.entries(parts).map(([key, part]) => {
    const old = before.get(key);
    return [key, is_record(old) && is_record(part) ? replace(old, part) : part] as const;
  });
  return { ...whole, ...Object.fromEntries(replaced) };
}
