/** A user's own implementation: a file that exports a variant, from anywhere. */
import { basename, join } from 'node:path';
import { CallError } from '../harness/errors';
import { in_short, type OwnInfo } from '../harness/suite';
import { words_of_thrown } from '../harness/user_code/thrown';
import { type Compiled, compile, in_time, load } from '../harness/user_code/typescript';
import * as api from './api';
import { asked_by, never_asked_by } from './catalogue/asked';
import { with_calls } from './catalogue/calls';
import { VARIANTS } from './catalogue/catalogue';
import { entries_today, name_today } from './catalogue/former_names';
import { resolve_over, type Variant, type VariantFile, without_unshipped_fixes } from './catalogue/variant';
import { kvm_create_vm } from './kernel/vm';
import { SMALL_WORLD } from './world/world';

const PACKAGE = 'kvm-nx-harness';

/** Compiles the file. Throws a CallError with the compiler's words, or if it cannot be read. */
export const compile_implementation = (file: string): Compiled => compile(file, { [PACKAGE]: join(__dirname, 'api') });

/** Runs something that may never end, and throws an error if it does not in time; or does so where a watchdog looks on. */
type InTime = <T>(run: () => T) => T;

/** For a thread of its own, under a watchdog. What it shares with user code does not change any more. */
export function load_apart(compiled: Compiled): Variant {
  for (const shared of Object.values(api)) if (typeof shared !== 'string') Object.freeze(shared);
  Object.freeze(api);
  return load_implementation(compiled, (run) => run());
}

/** What a thread without user code must know of a user's implementation. */
export const own_info = ({ name, kind, base, source, violates, follows, calls, beside }: Variant): OwnInfo => {
  const replaced = [...(calls ?? [])].map(([entry, { how }]) => [entry, how] as const);
  return { name, kind, base, source, violates, follows, replaced, beside: beside?.name ?? null };
};

/** A table of functions of which none may be asked. */
const not_here = (name: string): Variant['ops'] =>
  new Proxy({} as Variant['ops'], {
    get() {
      throw new Error(`${name} is run in threads of its own, and not here`);
    },
  });

/**
 * A variant in the place of a user's own, where nothing of it is run: by name, and by what is expected of it. What runs beside it is
 * the project's own, and runs here, too: which rules the base breaks by itself is asked here.
 */
export function stand_in({ name, base, source, violates, follows, replaced, beside: shown }: OwnInfo): Variant {
  const plain = VARIANTS.get(base ?? WHOLE);
  if (!plain) throw new Error(`no variant "${base}"`);
  const calls = new Map(
    replaced.map(([entry, how]) => [entry, { how: how === 'read' ? 'read' : 'called', times: 0 } as const]),
  );
  const beside = shown === null ? {} : { beside: shown === plain.name ? plain : without_unshipped_fixes(plain) };
  return { ...plain, ...beside, name, kind: 'own', base, source, violates, follows, calls, ops: not_here(name) };
}

/** The variant in a compiled file, named for the file. Throws a CallError if there is none, or its base is unknown. */
export function load_implementation(compiled: Compiled, limit: InTime = in_time): Variant {
  try {
    return load_checked(compiled, limit);
  } catch (error) {
    if (error instanceof CallError) throw error;
    // It is read when it has been loaded, and may answer with anything.
    throw new CallError(`${compiled.entry} cannot be loaded: ${words_of_thrown(error)}`);
  }
}

function load_checked(compiled: Compiled, limit: InTime): Variant {
  const { entry } = compiled;
  const name = basename(entry, '.ts');
  if (VARIANTS.has(name)) throw new CallError(`${entry}: a variant of the project is called ${name}: rename the file`);
  let exported: { default?: unknown };
  try {
    exported = limit(() => load(compiled, { [PACKAGE]: api })) as { default?: unknown };
  } catch (error) {
    throw new CallError(`${entry} cannot be loaded: ${words_of_thrown(error)}`);
  }
  const found = exported.default;
  if (!is_variant(found)) {
    throw new CallError(
      `${entry} has no variant in it; wanted: export default variant({ base: 'v6.18', source: '…', kernel: { … } })`,
    );
  }
  const file = today(found);
  const base = VARIANTS.get(file.base ?? WHOLE);
  if (!base) {
    throw new CallError(`${entry}: no variant "${file.base}" to build on; known: ${[...VARIANTS.keys()].join(', ')}`);
  }
  expect_entries(`${entry}: kernel`, base.ops, file.kernel ?? {}, file.base === undefined);
  expect_entries(`${entry}: contract`, base.contract, file.contract ?? {}, file.base === undefined);
  if (typeof (file.source ?? '') !== 'string') throw new CallError(`${entry}: source is no text`);
  const replaced = file.base === undefined ? [] : Object.keys(file.kernel ?? {});
  expect_asked(entry, base.name, replaced);
  // A file that does not call variant() has not been through the compiler's hands.
  expect_expectation(entry, file.expect ?? 'conforms');
  expect_defects(entry, file.defects ?? []);
  expect_something(entry, base.name, file);
  const unfixed = file.unshipped_fixes === false;
  expect_fixes(entry, base, file);
  const whole: VariantFile = { kind: 'own', expect: 'conforms', source: entry, ...file };
  const built_on = unfixed ? without_unshipped_fixes(base) : base;
  const plain = resolve_over(name, whole, (other) => (other === base.name ? built_on : (VARIANTS.get(other) ?? null)), [
    ...VARIANTS.keys(),
  ]);
  const beside = base_beside(plain, built_on);

  // Who has no base had to write them all: nothing is replaced.
  const own = { ...plain, base: file.base === undefined ? null : base.name, ...(beside && { beside }) };
  const made = { ...own, ...with_calls(own.ops, replaced) };
  // Every program begins with a VM: whether there can be one is known before any is run.
  try {
    limit(() => kvm_create_vm(made.ops, SMALL_WORLD));
  } catch (error) {
    throw new CallError(`${entry}: no VM can be made: ${words_of_thrown(error)}`);
  }
  return made;
}

function expect_expectation(entry: string, expected: unknown): void {
  if (expected === 'conforms') return;
  const { violates, follows = [] } = (expected ?? {}) as { violates?: unknown; follows?: unknown };
  if (Array.isArray(violates) && Array.isArray(follows)) return;
  throw new CallError(`${entry}: expect is neither 'conforms' nor { violates: ['…'] } with the names of properties`);
}

function expect_defects(entry: string, defects: unknown): void {
  if (!Array.isArray(defects)) throw new CallError(`${entry}: defects is no list of variants`);
  const unknown = defects.find((name) => !VARIANTS.has(name));
  if (unknown === undefined) return;
  throw new CallError(
    `${entry}: no variant "${unknown}" to take a defect of; known: ${[...VARIANTS.keys()].join(', ')}`,
  );
}

/** The base, if that breaks properties by itself. One that says itself what it violates has said what of that is its base's. */
const base_beside = ({ violates, base }: Variant, built_on: Variant): Variant | null =>
  base !== null && violates.length === 0 && (built_on.violates.length > 0 || built_on.kind === 'shipped')
    ? built_on
    : null;

/** Throws a CallError if what is said of fixes is no yes or no, or there are none to take out. */
function expect_fixes(
  entry: string,
  base: Variant,
  { unshipped_fixes: fixes, base: named }: Partial<VariantFile>,
): void {
  if (fixes === undefined || fixes === true) return;
  if (fixes !== false) throw new CallError(`${entry}: unshipped_fixes is neither true nor false`);
  if (named !== undefined && base.kind === 'baseline') return;
  throw new CallError(
    `${entry}: unshipped_fixes: false takes fixes out of a baseline, and ${named ?? 'no base'} is none`,
  );
}

/** Throws a CallError if nothing is replaced: the base would be tested, and nothing of the user's. */
function expect_something(
  entry: string,
  base: string,
  { kernel = {}, contract = {}, defects = [] }: Partial<VariantFile>,
): void {
  if ([kernel, contract, defects].some((own) => Object.keys(own).length > 0)) return;
  throw new CallError(`${entry}: replaces nothing of its base ${base}: there is nothing of its own to test`);
}

/**
 * Throws a CallError if the base asks none of the replaced entries: nothing of them would be tried. An entry that is asked may
 * ask others, or (one that is data) have them asked: what comes of those, the search counts.
 */
function expect_asked(entry: string, base: string, replaced: readonly string[]): void {
  const never = never_asked_by(base);
  if (replaced.length === 0 || replaced.some((name) => !never.some((one) => one === name))) return;
  const by = replaced.map((name) => `${name} (called by ${in_short(asked_by(name), VARIANTS)})`);
  throw new CallError(`${entry}: kernel replaces entries that its base ${base} never calls: ${by.join('; ')}`);
}

/** A variant that has every entry there is: what one without a base must have. */
const WHOLE = 'v6.18';

const type_of = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

/** Throws a CallError if an entry is none of the known ones, or of another type, or, where all are wanted, missing. */
function expect_entries(where: string, known: object, given: object, all: boolean): void {
  const wanted = new Map(Object.entries(known).map(([key, value]) => [key, type_of(value)]));
  for (const [key, value] of Object.entries(given)) {
    if (!wanted.has(key))
      throw new CallError(`${where} has no entry "${key}"; known: ${[...wanted.keys()].join(', ')}`);
    if (type_of(value) !== wanted.get(key)) {
      throw new CallError(`${where} entry "${key}" is of type ${type_of(value)}, wanted ${wanted.get(key)}`);
    }
  }
  const missing = all ? [...wanted.keys()].filter((key) => !Object.hasOwn(given, key)) : [];
  if (missing.length > 0)
    throw new CallError(`${where} lacks ${missing.join(', ')}; a variant with a base takes them over`);
}

/** The same file in the words of today. */
function today(file: Partial<VariantFile>): Partial<VariantFile> {
  const { kernel, expect, base, defects } = file;
  const named = typeof expect === 'object' && Array.isArray(expect.violates);
  return {
    ...file,
    ...(kernel ? { kernel: entries_today(kernel) } : {}),
    ...(named ? { expect: { ...expect, violates: expect.violates.map(name_today) } } : {}),
    ...(base === undefined ? {} : { base: name_today(base) }),
    ...(Array.isArray(defects) ? { defects: defects.map(name_today) } : {}),
  };
}

function is_variant(thing: unknown): thing is Partial<VariantFile> {
  if (typeof thing !== 'object' || thing === null) return false;
  return 'base' in thing ? typeof thing.base === 'string' : 'kernel' in thing && 'contract' in thing;
}
