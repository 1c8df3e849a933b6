/** A user's patch on a kernel that breaks properties by itself is judged on everything but that. */
import { implementation, with_kernel } from './implementation.fixture';
import { call } from './terminal.fixture';

const RATE = 'passes-take-their-share';
const on_shipped = (name: string, kernel: string) =>
  implementation(name, with_kernel(kernel).replace("base: 'v6.18'", "base: 'linux-7.3'"));
const check = (file: string) => call(['check', '--implementation', file, '--seed', 's', '--cases', '300']);

const KEEPS_ALL = 'to_zap: nx_huge_pages.to_zap';
/** One page more than its share, where there are two at least. */
const TAKES_MORE = `to_zap(kvm, list, ratio) {
  const due = nx_huge_pages.to_zap(kvm, list, ratio);
  return typeof due === 'number' && due > 0 && kvm.lists[list].nr_pages > 1 ? due + 1 : due;
}`;

test('the base breaks a property by itself, and more than that one', async () => {
  const { out } = await call(['check', 'linux-7.3', '--seed', 's', '--cases', '300']);
  expect(out.join('\n')).toContain(RATE);
});

test('a patch that changes nothing breaks nothing', async () => {
  const { code, out } = await check(on_shipped('keeps-shipped', KEEPS_ALL));
  expect(out.join('\n')).toContain('keeps-shipped: conforms, as expected');
  expect(out.join('\n')).toContain('BESIDE    linux-7.3');
  expect(code).toBe(0);
});

test('a second defect that breaks what the base breaks too is found, and named without a certificate', async () => {
  const { code, out } = await check(on_shipped('takes-more', TAKES_MORE));
  expect(out.join('\n')).toContain(`UNEXPECTED ${RATE}`);
  expect(out.join('\n')).toContain('breaches of linux-7.3 itself are recognised by running it beside');
  expect(code).toBe(1);
});

test('goals that a defect keeps from being reached are not called a weak search', async () => {
  const file = implementation('takes-nothing', with_kernel('to_zap: () => 0'));
  const { code, out } = await call(['check', '--implementation', file, '--seed', 's', '--cases', '1000']);
  expect(out.join('\n')).toContain(`UNEXPECTED ${RATE}`);
  expect(out.join('\n')).not.toContain('UNREACHED');
  expect(code).toBe(1);
});

/** Tables that an exec fault built, and no list has, stay when dirty logging stops: the fix of B37 would clean up after that. */
const LEAVES_TABLES = `import { list, memslots, tdp_mmu, tlb, variant } from 'kvm-nx-harness';
  export default variant({
    base: 'v6.4',
    source: 'a test',
    kernel: {
      tdp_mmu_dirty_logging_stopped(kvm, slot) {
        tdp_mmu.for_each_upper_spte(kvm, slot, (sp, index, level) => {
          const child = sp.child[index];
          if (!child || memslots.kvm_mmu_max_mapping_level(kvm, slot, child.gfn) < level) return;
          if (child.nx_huge_page_disallowed && list.list_empty(child.possible_nx_huge_page_link)) return;
          tdp_mmu.tdp_mmu_set_spte(kvm, sp, index, level, 0);
          tlb.kvm_flush_remote_tlbs(kvm);
        });
      },
    },
  });`;
const unfixed = (text: string) => text.replace("source: 'a test'", "source: 'a test', unshipped_fixes: false");

describe('a patch on a baseline without the fixes that no kernel has', () => {
  test('is judged on what those fixes would clean up after', async () => {
    const fixed = await check(implementation('on-fixed', LEAVES_TABLES));
    expect(fixed.out.join('\n')).toContain('on-fixed: conforms, as expected');
    const { code, out } = await check(implementation('on-unfixed', unfixed(LEAVES_TABLES)));
    expect(out.join('\n')).toContain('UNEXPECTED huge-pages-return');
    expect(out.join('\n')).toContain('BESIDE    v6.4 without unshipped fixes');
    expect(code).toBe(1);
  });

  test.each(['v5.10', 'v6.4', 'v6.18'])('breaks nothing where it changes nothing of %s', async (base) => {
    const text = unfixed(with_kernel(KEEPS_ALL)).replace("base: 'v6.18'", `base: '${base}'`);
    const { code, out } = await check(implementation(`as-it-is-${base.replaceAll('.', '-')}`, text));
    expect(out.join('\n')).toContain('conforms, as expected');
    expect(out.at(-2)).toMatch(/^rules: \d+ checked, all kept$/);
    expect(code).toBe(0);
  });

  test.each([
    ['v6.18', "'no'", 'unshipped_fixes is neither true nor false'],
    ['linux-7.3', 'false', 'takes fixes out of a baseline, and linux-7.3 is none'],
  ])('is an error where there are none to take out: %s, %s', async (base, said, message) => {
    const text = `export default { base: '${base}', source: 'a test', kernel: { to_zap: () => 0 }, unshipped_fixes: ${said} };`;
    const { code, err } = await check(implementation('no-fixes', text));
    expect(err.join('\n')).toContain(message);
    expect(code).toBe(2);
  });
});
