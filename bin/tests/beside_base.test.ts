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
  expect(out.join('\n')).toContain('what linux-7.3 breaks by itself is told by running it beside');
  expect(code).toBe(1);
});

test('goals that a defect keeps from being reached are not called a weak search', async () => {
  const file = implementation('takes-nothing', with_kernel('to_zap: () => 0'));
  const { code, out } = await call(['check', '--implementation', file, '--seed', 's', '--cases', '1000']);
  expect(out.join('\n')).toContain(`UNEXPECTED ${RATE}`);
  expect(out.join('\n')).not.toContain('UNREACHED');
  expect(code).toBe(1);
});
