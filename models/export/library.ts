/** What the selftest library of a kernel tree offers: its names have changed over the years. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CallError } from '../../harness/errors';

/** The library for which a test is written. */
export interface Library {
  /** The folder of tests for this architecture, from the folder of KVM's selftests: `x86` (`x86_64` before 6.14). */
  readonly folder: string;
  /** The Makefile in which tests are listed, and the variable for those that a script runs. */
  readonly makefile: string;
  readonly variable: string;
  /** `vm_get_stat(vm, "nx_lpage_splits")` instead of `vm_get_stat(vm, nx_lpage_splits)`. */
  readonly quotes_stats: boolean;
  /** There are page tables for nested guests on AMD and on Intel (vm_enable_tdp). */
  readonly nested: boolean;
  /** The stack of a nested guest is an argument of what sets it up. */
  readonly stack_argument: boolean;
}

/** The library of 7.3. */
export const NEWEST_LIBRARY: Library = {
  folder: 'x86',
  makefile: 'Makefile.kvm',
  variable: 'TEST_GEN_PROGS_EXTENDED_x86',
  quotes_stats: false,
  nested: true,
  stack_argument: false,
};

const SELFTESTS = 'tools/testing/selftests/kvm';

/** The version in the Makefile of a tree (6.12), as a number that compares; null if there is none. */
function version_of(tree: string): { readonly text: string; readonly number: number } | null {
  const file = join(tree, 'Makefile');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const part = (name: string) => new RegExp(`^${name} = (\\d+)$`, 'm').exec(text)?.[1];
  const [major, minor] = [part('VERSION'), part('PATCHLEVEL')];
  if (major === undefined || minor === undefined) return null;
  return { text: `${major}.${minor}`, number: Number(major) * 1000 + Number(minor) };
}

/**
 * Reads it from a kernel tree, and which version that is. Throws a CallError for a folder that is no kernel tree, and for
 * one before 6.8, whose library lacks what tests need.
 */
export function library_of(tree: string): { readonly library: Library; readonly version: string } {
  const version = version_of(tree);
  if (version === null) throw new CallError(`${tree} is no kernel tree: it has no Makefile with a VERSION`);
  const tests = join(tree, SELFTESTS);
  if (!existsSync(join(tests, 'include', 'kvm_util.h')))
    throw new CallError(`${tree} has no KVM selftests: no ${SELFTESTS}/include/kvm_util.h`);
  if (version.number < 6008)
    throw new CallError(
      `${tree} is Linux ${version.text}: tests are written for 6.8 or later (KVM_SET_USER_MEMORY_REGION2)`,
    );
  const folder = existsSync(join(tests, 'include', 'x86')) ? 'x86' : 'x86_64';
  const read = (name: string) => {
    const file = join(tests, 'include', name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const own = (name: string) => read(join(folder, name));
  const util = read('kvm_util.h') + read('kvm_util_base.h');
  const makefile = existsSync(join(tests, 'Makefile.kvm')) ? 'Makefile.kvm' : 'Makefile';
  const library = {
    folder,
    makefile,
    variable: `TEST_GEN_PROGS_EXTENDED_${folder}`,
    quotes_stats: !/#define vm_get_stat\(/.test(util),
    nested: /\bvm_enable_tdp\(/.test(own('processor.h')) && /\btdp_identity_map_1g\(/.test(own('processor.h')),
    stack_argument: /generic_svm_setup\([^)]*guest_rsp\)/.test(own('svm_util.h')),
  };
  return { library, version: version.text };
}

/** The folder of a test in a kernel tree. */
export const test_folder = ({ folder }: Library): string => `${SELFTESTS}/${folder}`;
/** The Makefile of the tests in a kernel tree. */
export const test_makefile = ({ makefile }: Library): string => `${SELFTESTS}/${makefile}`;
