import type { Calls } from './calls';
import type { Contract } from './contract';
import type { KernelOps } from './kernel/ops';

/**
 * What a file of `models/variants/` exports; its name is the file's. A variant with a base takes everything over from
 * it but the entries it names.
 */
export interface VariantFile {
  /** An era's mechanism, mended; a kernel as people got it; a defect put into an era; a user's own. */
  readonly kind: 'era' | 'shipped' | 'defect' | 'own';
  readonly base?: string;
  /** Where it was seen: commit, kernel version, patch. */
  readonly source: string;
  /** `violates`: all of these properties, and nothing else but what may `follow` from that sooner or later. */
  readonly expect: 'conforms' | { readonly violates: readonly string[]; readonly follows?: readonly string[] };
  /** Differences that are no defects, from the base's contract. */
  readonly contract?: Partial<Contract>;
  readonly kernel?: Partial<KernelOps>;
}

type OnABase = Omit<VariantFile, 'kind' | 'expect'> & Partial<VariantFile> & { readonly base: string };

/** Defines a variant that is built on another. One that says nothing of it is the user's own, and must conform. */
export const variant = (file: OnABase): VariantFile => ({ kind: 'own', expect: 'conforms', ...file });

/** Defines a variant from nothing: the whole contract and the whole table of functions. */
export const first_era = (file: VariantFile & { contract: Contract; kernel: KernelOps }): VariantFile => file;

/** A variant with what it takes over from its bases filled in. */
export interface Variant {
  readonly name: string;
  readonly kind: VariantFile['kind'];
  readonly base: string | null;
  readonly source: string;
  readonly violates: readonly string[];
  readonly follows: readonly string[];
  readonly contract: Contract;
  readonly ops: KernelOps;
  /** Of the user's own: how often each entry that it replaces was asked so far. */
  readonly calls?: ReadonlyMap<string, Calls>;
}

/** Fills in what a variant takes over. Throws if a base is missing, or the chain of bases has no beginning. */
export function resolve_variant(name: string, files: ReadonlyMap<string, VariantFile>): Variant {
  const file = files.get(name);
  if (!file) throw new Error(`no variant "${name}"; known: ${[...files.keys()].join(', ')}`);
  return resolve_over(name, file, (base) => (files.has(base) ? resolve_variant(base, files) : null));
}

/** Whatever else a defect breaks, in the end not all is mapped that should be: who conforms is asked for it, nobody else. */
const FOLLOWS_ALWAYS = 'mapped-as-the-reference-has-it';

/** Fills in what one file takes over from a base that `base_of` finds. Throws if it finds none. */
export function resolve_over(name: string, file: VariantFile, base_of: (name: string) => Variant | null): Variant {
  const { kind, source } = file;
  const violates = file.expect === 'conforms' ? [] : file.expect.violates;
  const follows = file.expect === 'conforms' ? [] : [...(file.expect.follows ?? []), FOLLOWS_ALWAYS];
  if (file.base !== undefined) {
    const base = base_of(file.base);
    if (!base) throw new Error(`no variant "${file.base}" to build on`);
    const contract = { ...base.contract, ...file.contract };
    return { name, kind, base: base.name, source, violates, follows, contract, ops: { ...base.ops, ...file.kernel } };
  }
  // first_era() has checked that nothing is missing.
  return {
    name,
    kind,
    base: null,
    source,
    violates,
    follows,
    contract: file.contract as Contract,
    ops: file.kernel as KernelOps,
  };
}
