/** A user's own implementation: a file that exports a variant, from anywhere. */
import { basename, join } from 'node:path';
import { CallError } from '../harness/errors';
import { type Compiled, compile, load } from '../harness/typescript';
import * as api from './api';
import { VARIANTS } from './catalogue';
import { resolve_over, type Variant, type VariantFile } from './variant';

const PACKAGE = 'kvm-nx-harness';

/** Compiles the file. Throws a CallError with the compiler's words, or if it cannot be read. */
export const compile_implementation = (file: string): Compiled => compile(file, { [PACKAGE]: join(__dirname, 'api') });

/** The variant in a compiled file, named for the file. Throws a CallError if there is none, or its base is unknown. */
export function load_implementation(compiled: Compiled): Variant {
  const { entry } = compiled;
  const name = basename(entry, '.ts');
  if (VARIANTS.has(name)) throw new CallError(`${entry}: a variant of the project is called ${name}: rename the file`);
  let exported: { default?: unknown };
  try {
    exported = load(compiled, { [PACKAGE]: api }) as { default?: unknown };
  } catch (error) {
    throw new CallError(`${entry} cannot be loaded: ${error instanceof Error ? error.message : error}`);
  }
  const file = exported.default;
  if (!is_variant(file)) {
    throw new CallError(
      `${entry} has no variant in it; wanted: export default variant({ base: 'v6.18', source: '…', kernel: { … } })`,
    );
  }
  try {
    return resolve_over(name, file, (base) => VARIANTS.get(base) ?? null);
  } catch (error) {
    throw new CallError(`${entry}: ${(error as Error).message}; known: ${[...VARIANTS.keys()].join(', ')}`);
  }
}

function is_variant(thing: unknown): thing is VariantFile {
  if (typeof thing !== 'object' || thing === null) return false;
  return 'base' in thing ? typeof thing.base === 'string' : 'kernel' in thing && 'contract' in thing;
}
