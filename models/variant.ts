import type { Contract } from './contract';
import type { KernelOps } from './kernel/ops';

/**
 * What a file of `models/variants/` exports; its name is the file's. A variant with a base takes everything over from
 * it but the entries it names.
 */
export interface VariantFile {
  /** An era's mechanism, mended; a kernel as people got it; a defect put into an era. */
  readonly kind: 'era' | 'shipped' | 'defect';
  readonly base?: string;
  /** Where it was seen: commit, kernel version, patch. */
  readonly source: string;
  /** `violates`: all of these properties, and nothing else. */
  readonly expect: 'conforms' | { readonly violates: readonly string[] };
  /** Differences that are no defects, from the base's contract. */
  readonly contract?: Partial<Contract>;
  readonly kernel?: Partial<KernelOps>;
}

/** Defines a variant that is built on another. */
export const variant = (file: VariantFile & { readonly base: string }): VariantFile => file;

/** Defines a variant from nothing: the whole contract and the whole table of functions. */
export const first_era = (file: VariantFile & { contract: Contract; kernel: KernelOps }): VariantFile => file;

/** A variant with what it takes over from its bases filled in. */
export interface Variant {
  readonly name: string;
  readonly kind: VariantFile['kind'];
  readonly base: string | null;
  readonly source: string;
  readonly violates: readonly string[];
  readonly contract: Contract;
  readonly ops: KernelOps;
}

/** Fills in what a variant takes over. Throws if a base is missing, or the chain of bases has no beginning. */
export function resolve_variant(name: string, files: ReadonlyMap<string, VariantFile>): Variant {
  const file = files.get(name);
  if (!file) throw new Error(`no variant "${name}" to build on; known: ${[...files.keys()].join(', ')}`);
  const { kind, source } = file;
  const violates = file.expect === 'conforms' ? [] : file.expect.violates;
  if (file.base !== undefined) {
    const base = resolve_variant(file.base, files);
    const contract = { ...base.contract, ...file.contract };
    return { name, kind, base: base.name, source, violates, contract, ops: { ...base.ops, ...file.kernel } };
  }
  // first_era() has checked that nothing is missing.
  return {
    name,
    kind,
    base: null,
    source,
    violates,
    contract: file.contract as Contract,
    ops: file.kernel as KernelOps,
  };
}
