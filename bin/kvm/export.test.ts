/** `export` as it is called. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call } from '../tests/terminal.fixture';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'export-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const exported = (...words: string[]) => call(['export', ...words, '--selftest', join(folder, 'nx_test.c')]);
const written = (name: string) => readFileSync(join(folder, name), 'utf8');

/** A kernel tree of this version, whose selftests have these headers. */
function tree(version: string, headers: Readonly<Record<string, string>> = {}): string {
  const [major, minor] = version.split('.');
  const include = join(folder, 'linux/tools/testing/selftests/kvm/include');
  mkdirSync(join(include, 'x86_64'), { recursive: true });
  writeFileSync(join(folder, 'linux/Makefile'), `# SPDX\nVERSION = ${major}\nPATCHLEVEL = ${minor}\nSUBLEVEL = 1\n`);
  for (const [name, text] of Object.entries({ 'kvm_util.h': '', ...headers })) writeFileSync(join(include, name), text);
  return join(folder, 'linux');
}

test('a regression becomes a test, its script, and the lines for the Makefile', async () => {
  const { code, out } = await exported('shadow-splits-never-recovered');
  expect(code).toBe(0);
  expect(out.join('\n')).toContain('tools/testing/selftests/kvm/x86/nx_test.c');
  expect(out.slice(-2)).toEqual(['  TEST_PROGS_x86 += x86/nx_test.sh', '  TEST_GEN_PROGS_EXTENDED_x86 += x86/nx_test']);
  expect(written('nx_test.c')).toContain('After a TDP page was recovered the shadow counter is one too low');
  expect(written('nx_test.sh')).toContain('"$(dirname "$0")/nx_test" "$@"');
});

const B30 = join(__dirname, '..', '..', 'docs', 'b30-selftest.patch');

test('the patch in docs/ is what is exported today', async () => {
  const words = ['--selftest', join(folder, 'nx_huge_pages_recovery_test.c'), '--patch', join(folder, 'b30.patch')];
  expect((await call(['export', 'shadow-splits-never-recovered', ...words])).code).toBe(0);
  const patch = written('b30.patch');
  expect(patch).toBe(readFileSync(B30, 'utf8'));
  // What it adds is what was written beside it.
  const [, test = '', script = ''] = patch.split(/^diff --git .*$/m);
  const added = (part: string) => [...part.matchAll(/^[+](?![+])(.*)$/gm)].map(([, line]) => `${line}\n`).join('');
  expect(added(test)).toBe(written('nx_huge_pages_recovery_test.c'));
  expect(added(script)).toBe(written('nx_huge_pages_recovery_test.sh'));
});

test('a case of live, and a file of commands', async () => {
  expect((await exported('main:2')).code).toBe(0);
  expect(written('nx_test.c')).toContain('random program main:2');
  rmSync(join(folder, 'nx_test.c'));
  rmSync(join(folder, 'nx_test.sh'));
  const file = join(folder, 'mine.txt');
  writeFileSync(file, '# mine\nguest_exec mmu=tdp page=1 offset=2\nrecover ratio=1\n');
  expect((await exported(file)).code).toBe(0);
  expect(written('nx_test.c')).toContain('guest_access(vcpus[0], GUEST_EXEC, GPA(1, 2));');
});

test('for the library of a tree, and the contract of its version', async () => {
  const dir = tree('6.12', { 'x86_64/processor.h': '', 'x86_64/svm_util.h': '' });
  const { code, out } = await exported('recovery-zaps-the-neighbours', '--kernel-tree', dir);
  expect(code).toBe(0);
  expect(out.join('\n')).toContain('TEST_GEN_PROGS_EXTENDED_x86_64 += x86_64/nx_test');
  expect(out.join('\n')).toContain('linux-6.12');
  expect(written('nx_test.c')).toContain('vm_get_stat(vm, "nx_lpage_splits")');
});

test('a tree whose nested guests get their stack as an argument', async () => {
  const dir = tree('6.19', {
    'kvm_util.h': '#define vm_get_stat(vm, stat)',
    'x86_64/processor.h': 'void vm_enable_tdp(struct kvm_vm *vm); void tdp_identity_map_1g(struct kvm_vm *vm);',
    'x86_64/svm_util.h': 'void generic_svm_setup(struct svm_test_data *svm, void *guest_rip, void *guest_rsp);',
  });
  expect((await exported('shadow-splits-never-recovered', '--kernel-tree', dir)).code).toBe(0);
  expect(written('nx_test.c')).toContain('prepare_vmcs(vmx, l2_vmx_code, &l2_stack[64]);');
  expect(written('nx_test.c')).toContain('vm_get_stat(vm, nx_lpage_splits)');
});

test.each([
  [['zapped-before-it-is-linked'], 'command 1, dirty_log on=1 slot=1: only the first slot of a regression'],
  [['generation-comes-round'], 'command 2, nx_huge_pages on=0 pause=1: a test cannot stop KVM'],
  [['nothing-of-this-name'], '"nothing-of-this-name" is neither a file, nor a regression\'s name, nor a SEED:CASE'],
  [[], 'export takes one program'],
  [['main:2', 'main:2'], 'export takes one program'],
  [['main:2', '--kernel-tree', '/usr'], '/usr is no kernel tree'],
  [['main:2', '--contract', 'v9'], 'no variant "v9"'],
])('export %j is refused, and nothing is written', async (words, told) => {
  const { code, err } = await exported(...words);
  expect(err.join('\n')).toContain(told);
  expect(code).toBe(2);
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ['6.7', {}, 'is Linux 6.7: tests are written for 6.8 or later'],
  ['6.12', {}, 'the library of this tree has no page tables for those of AMD'],
])('a tree of %s with %j: %s', async (version, headers, told) => {
  const { code, err } = await exported('shadow-splits-never-recovered', '--kernel-tree', tree(version, headers));
  expect(err.join('\n')).toContain(told);
  expect(code).toBe(2);
  expect(existsSync(join(folder, 'nx_test.c'))).toBe(false);
});

test('a place that cannot be written, or is taken, is told before anything is written', async () => {
  for (const [file, told] of [
    ['/nowhere/at/all/nx_test.c', 'cannot write /nowhere/at/all/nx_test.c'],
    [join(folder, 'nx-test.c'), 'a file of C like nx_recovery_test.c'],
    [join(folder, 'nx_test.h'), 'a file of C like nx_recovery_test.c'],
  ] as const) {
    const { code, err } = await call(['export', 'main:2', '--selftest', file]);
    expect(err.join('\n')).toContain(told);
    expect(code).toBe(2);
  }
  writeFileSync(join(folder, 'nx_test.sh'), 'mine');
  expect((await exported('main:2')).code).toBe(2);
  expect(readdirSync(folder)).toEqual(['nx_test.sh']);
  expect(written('nx_test.sh')).toBe('mine');
});

test('without --selftest nothing is written', async () => {
  const { code, err } = await call(['export', 'main:2']);
  expect(err.join('\n')).toContain('export needs --selftest FILE.c');
  expect(code).toBe(2);
});
