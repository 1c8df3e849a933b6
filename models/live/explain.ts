/** Finds the known defects that explain what a kernel showed, by trying models, whatever version the kernel reports. */
import { VARIANTS } from '../catalogue/catalogue';
import { type Variant, with_defects } from '../catalogue/variant';
import { version_number } from '../catalogue/versions';
import { explained_by, type Run, type Target } from './target';

/** The smallest set of defects with which a model of the kernel shows every number of a run. */
export interface Explanation {
  /** The shipped kernel that has these defects. */
  readonly shipped: Variant;
  /** Their names, as listed by the shipped kernel; empty if the kernel without any defect shows the same. */
  readonly defects: readonly string[];
}

/** A shipped kernel with only these of its defects. */
export function with_these(shipped: Variant, defects: readonly string[]): Variant {
  const base = VARIANTS.get(shipped.base ?? '');
  if (!base) return shipped;
  return with_defects(
    shipped,
    base,
    defects.map((name) => VARIANTS.get(name) as Variant),
  );
}

/** All subsets, smallest first; subsets of one size in the order of the list. */
export function subsets_by_size<T>(all: readonly T[]): T[][] {
  const numbers = Array.from({ length: 2 ** all.length }, (_, number) => number);
  const subsets = numbers.map((number) => all.filter((_, i) => (number >> i) % 2 === 1));
  return subsets.sort((a, b) => a.length - b.length);
}

/**
 * The shipped kernels that this one may resemble: first the model of its version, then the recorded ones that are newer
 * (patches are taken back to older kernels), and the newest that is not. What only still older ones did is a defect that has
 * come back, and so a new one.
 */
export function shipped_like({ model, machine }: Pick<Target, 'model' | 'machine'>): Variant[] {
  const recorded = [...VARIANTS.values()].filter(
    ({ name, kind, base }) => kind === 'shipped' && base !== null && /^linux-[\d.]+$/.test(name),
  );
  const since = ({ name }: Variant) => version_number(name.replace('linux-', ''));
  const own = version_number(machine.hello.version);
  const before = Math.max(...recorded.map(since).filter((number) => number <= own));
  return [model, ...recorded.filter((one) => one.name !== model.name && since(one) >= before)];
}

/** The same kernel, but what a write to an entry of L1's page tables leads to is zapped with it, or is not. */
const with_the_other_write = (kernel: Variant): Variant => ({
  ...kernel,
  ops: { ...kernel.ops, track_write_zaps_parentless_pages: !kernel.ops.track_write_zaps_parentless_pages },
});

const known = new WeakMap<Run, Explanation | null>();

/**
 * The smallest explanation of a run, or null if no subset of the known defects shows these numbers. Cached for each
 * run.
 */
export function explanation_of(target: Target, run: Run): Explanation | null {
  const before = known.get(run);
  if (before !== undefined) return before;
  const found = search(target, run);
  known.set(run, found);
  return found;
}

function search(target: Target, run: Run): Explanation | null {
  const writes = run.program.some(({ name }) => name === 'clear_gpte_dirty' || name === 'clear_dirty');
  const kernels = writes ? [(kernel: Variant) => kernel, with_the_other_write] : [(kernel: Variant) => kernel];
  for (const shipped of shipped_like(target)) {
    for (const defects of subsets_by_size(shipped.defects)) {
      const model = with_these(shipped, defects);
      if (kernels.some((of) => explained_by(of(model), target, run))) return { shipped, defects };
    }
  }
  return null;
}
