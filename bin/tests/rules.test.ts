/** `check --implementation` asks the behaviours of the base, too: rules that no claim is about. */
import { compile_implementation, load_implementation, own_info, stand_in } from '../../models/implementation';
import { suite_with } from '../kvm/suite';
import { implementation, with_kernel } from './implementation.fixture';
import { call } from './terminal.fixture';

const check = (name: string, kernel: string, ...options: string[]) =>
  call(['check', '--implementation', implementation(name, with_kernel(kernel)), '--seed', 's', ...options]);

const KEEPS_ALL = 'to_zap: nx_huge_pages.to_zap';
/** A flush more when dirty logging ends. */
const FLUSHES = `import { memslots, variant } from 'kvm-nx-harness';
  export default variant({
    base: 'v6.18',
    source: 'a test',
    kernel: {
      *stop_dirty_logging(kvm, slot) {
        if (slot.dirty_log) kvm.stat.remote_tlb_flush_requests++;
        yield* memslots.stop_dirty_logging(kvm, slot);
      },
    },
  });`;
const check_flushes = (...options: string[]) =>
  call(['check', '--implementation', implementation('flushes', FLUSHES), '--seed', 's', '--cases', '20', ...options]);

test('all kept: a line that says how many', async () => {
  const { code, out } = await check('keeps-rules', KEEPS_ALL, '--cases', '20');
  expect(out.at(-2)).toMatch(/^rules: \d{3} checked, all kept$/);
  expect(code).toBe(0);
});

test('one that is broken is named, with what was seen and its program; exit code 1', async () => {
  const { code, out } = await check_flushes();
  const at = out.findIndex((line) => line.startsWith('rules: '));
  expect(out[at]).toMatch(/^rules: \d{3} checked, \d+ NOT kept:$/);
  expect(out[at + 1]).toMatch(/^ {2}.+: flushes shows \S+, want \S+$/);
  expect(out[at + 2]).toMatch(/^ {4}.*dirty_log on=0/);
  // No claim is about it: the search alone would call it conforming.
  expect(out.join('\n')).toContain('flushes: conforms, as expected');
  expect(out.at(-1)).toBe('NOT as expected: see above');
  expect(code).toBe(1);
});

test('--json: an object for each that is broken', async () => {
  const { out } = await check_flushes('--json');
  const broken = out.map((line) => JSON.parse(line)).filter(({ verdict }) => verdict === 'broken');
  expect(broken.length).toBeGreaterThan(0);
  for (const row of broken)
    expect(Object.keys(row).sort()).toEqual(['program', 'rule', 'seen', 'variant', 'verdict', 'version']);
});

test('a hash that forgets SMM shows where the slot of SMM lies over normal memory', async () => {
  const forgets = `import { mmu, type Mmu, variant } from 'kvm-nx-harness';
    const usual = (mmu: Mmu): Mmu => (mmu === 'smm' ? 'tdp' : mmu);
    export default variant({
      base: 'v6.18-without-tdp-mmu',
      source: 'a test',
      kernel: {
        kvm_mmu_find_shadow_page: (kvm, gfn, level, who, access) =>
          mmu.kvm_mmu_find_shadow_page(kvm, gfn, level, who, access) ??
          mmu.kvm_mmu_find_shadow_page(kvm, gfn, level, usual(who), access),
      },
    });`;
  const { code, out } = await call([
    'check',
    '--implementation',
    implementation('forgets-smm', forgets),
    '--cases',
    '10',
  ]);
  expect(out.join('\n')).toMatch(
    /memory that only SMM sees at an address has tables of its own.*: forgets-smm shows 2, want 4/,
  );
  expect(code).toBe(1);
});

test('what is built on a kernel as shipped is asked what that kernel keeps itself', () => {
  const text = (base: string) => with_kernel(KEEPS_ALL).replace(/base: '[^']*'/, `base: '${base}'`);
  const rules = (base: string) => {
    const file = implementation(`on-${base.replaceAll('.', '-')}`, text(base));
    return suite_with(load_implementation(compile_implementation(file))).rules();
  };
  const [baseline, shipped] = [rules('v6.18'), rules('linux-7.3')];
  expect(shipped.length).toBeGreaterThan(50);
  const asked = new Set(shipped.map(({ name }) => name));
  expect(baseline.filter(({ name }) => !asked.has(name)).length).toBeGreaterThan(0);
  for (const rule of [...baseline, ...shipped]) expect([rule.name, rule.broken()]).toEqual([rule.name, null]);
});

test.each([
  ['linux-7.3', ''],
  ['v6.18', ', unshipped_fixes: false'],
])('a thread without user code knows the same rules on %s%s', (base, fixes) => {
  const text = with_kernel(KEEPS_ALL).replace(/base: '[^']*'/, `base: '${base}'${fixes}`);
  const file = implementation(`elsewhere-on-${base.replaceAll('.', '-')}`, text);
  const own = load_implementation(compile_implementation(file));
  const names = (variant: typeof own) =>
    suite_with(variant)
      .rules()
      .map(({ name }) => name);
  expect(names(stand_in(own_info(own)))).toEqual(names(own));
});
