import type { KernelOps } from '../kernel/ops';
import linux_6_1 from '../variants/linux-6.1';
import linux_6_12 from '../variants/linux-6.12';
import linux_6_17 from '../variants/linux-6.17';
import linux_7_3 from '../variants/linux-7.3';
import linux_7_3_b30_fixed from '../variants/linux-7.3-b30-fixed';
import patch_v1 from '../variants/patch-v1';
import { VARIANTS } from './catalogue';
import { replace, resolve_variants, type Variant, type VariantFile, variant } from './variant';

const SHIPPED: Readonly<Record<string, VariantFile>> = {
  'linux-6.1': linux_6_1,
  'linux-6.12': linux_6_12,
  'linux-6.17': linux_6_17,
  'linux-7.3': linux_7_3,
  'linux-7.3-b30-fixed': linux_7_3_b30_fixed,
  'patch-v1': patch_v1,
};

const named = (name: string): Variant => {
  const one = VARIANTS.get(name);
  if (!one) throw new Error(`no variant ${name}`);
  return one;
};

test('these are all kernels as shipped', () => {
  const shipped = [...VARIANTS.values()].filter(({ kind }) => kind === 'shipped').map(({ name }) => name);
  expect(shipped.sort()).toEqual(Object.keys(SHIPPED).sort());
});

describe.each(Object.entries(SHIPPED))('%s', (name, { defects = [], hidden = {}, expect: own, kernel = {} }) => {
  const of_defects = new Set(defects.flatMap((defect) => named(defect).violates));

  test('violates what its defects violate, but for what is hidden, and nothing of its own', () => {
    expect(defects.map((defect) => named(defect).kind)).toEqual(defects.map(() => 'defect'));
    expect(own).toBe('conforms');
    expect([...named(name).violates].sort()).toEqual([...of_defects].filter((one) => !(one in hidden)).sort());
    expect(Object.keys(hidden).filter((one) => !of_defects.has(one))).toEqual([]);
  });

  test('replaces what its defects replace, each in its turn, and then its own', () => {
    const base = named(named(name).base ?? '');
    const layers = [...defects.map((defect) => named(defect).kernel), kernel];
    expect(named(name).ops).toEqual(layers.reduce<KernelOps>(replace, base.ops));
    const differs = Object.keys(base.ops).filter(
      (key) => Reflect.get(base.ops, key) !== Reflect.get(named(name).ops, key),
    );
    expect(differs.sort()).toEqual([...new Set(layers.flatMap((layer) => Object.keys(layer)))].sort());
  });
});

test('what no kernel that was shipped fixed, each of them lacks', () => {
  const nothing = { when_logging_stops: { tdp: false, shadow: false }, when_backing_heals: false };
  const linux = Object.keys(SHIPPED).filter((name) => name.startsWith('linux-'));
  expect(linux.map((name) => named(name).ops.drops_idle_tables)).toEqual(linux.map(() => nothing));
});

describe('a variant with defects', () => {
  const over = (file: Omit<Parameters<typeof variant>[0], 'base' | 'source'>) =>
    variant({ base: 'baseline', source: '', ...file });
  const { base: _, ...baseline } = over({ kernel: { eager_split: { tdp: true, nested: true }, lists: ['one'] } });
  const tdp = over({ expect: { violates: ['a', 'b'] }, kernel: { eager_split: { tdp: false } } });
  const nested = over({
    expect: { violates: ['b', 'c'], follows: ['a', 'd'] },
    kernel: { eager_split: { nested: false } },
  });
  const both = over({ defects: ['tdp', 'nested'], hidden: { c: 'tdp hides it' } });
  const more = over({ defects: ['tdp'], expect: { violates: ['e'] } });
  const fixed = over({ defects: ['tdp'], kernel: { eager_split: { tdp: true } } });
  const files = Object.entries({ both, more, fixed, tdp, nested, baseline });
  const made = resolve_variants(new Map(files));
  const ops = (name: string) => made.get(name)?.ops;

  test('has the parts of an entry that each of them replaces', () => {
    expect(ops('both')?.eager_split).toEqual({ tdp: false, nested: false });
    expect(ops('both')?.lists).toEqual(['one']);
    expect(ops('baseline')?.eager_split).toEqual({ tdp: true, nested: true });
  });

  test('violates what they violate, but for what is hidden; what one violates only follows from another', () => {
    expect(made.get('both')).toMatchObject({
      violates: ['a', 'b'],
      follows: ['d', 'mapped-as-the-reference-has-it', 'faults-are-foretold'],
    });
  });

  test('may say more of itself, and have the last word', () => {
    expect(made.get('more')?.violates).toEqual(['a', 'b', 'e']);
    expect(ops('fixed')?.eager_split).toEqual({ tdp: true, nested: true });
  });

  test('one that there is not', () => {
    const lost = new Map([...files, ['lost', over({ defects: ['nobody'] })] as const]);
    expect(() => resolve_variants(lost)).toThrow('lost: no variant "nobody" to build on');
    const near = new Map([...files, ['near', variant({ base: 'baselin', source: '' })] as const]);
    expect(() => resolve_variants(near)).toThrow('near: no variant "baselin" to build on; did you mean "baseline"?');
  });

  test('one that builds on itself', () => {
    const one = variant({ base: 'two', source: '' });
    const ring = new Map([...files, ['one', one] as const, ['two', variant({ base: 'one', source: '' })] as const]);
    expect(() => resolve_variants(ring)).toThrow('one builds on itself: one, two, one');
  });

  test('takes over what is not replaced as it is, and variants stand in the order of their files', () => {
    expect(ops('more')?.lists).toBe(ops('baseline')?.lists);
    expect(ops('both')?.eager_split).not.toBe(ops('baseline')?.eager_split);
    expect([...made.keys()]).toEqual(files.map(([name]) => name));
  });
});
