/** Rules of the kernel's own that no claim is about, asked of a user's implementation: the behaviours of its base. */
import { type TestBed, unmet } from '../../harness/expectation';
import type { Rule } from '../../harness/suite';
import { VARIANTS } from '../../models/catalogue/catalogue';
import type { Variant } from '../../models/catalogue/variant';
import { start_session, type View } from '../../models/lockstep/session';
import { SMALL_WORLD } from '../../models/world/world';
import { BEHAVIOURS } from '../../properties/behaviours/behaviours';
import { type Change, type KvmExpectation, TEST_BED } from '../../properties/expectation';

/** Of an implementation that is to conform: one that is not says itself what it breaks. */
export function rules_of(own: Variant): readonly Rule[] {
  if (own.violates.length > 0) return [];
  const bases = up_to_a_baseline(own.base);
  const bed = bed_of(own);
  const { beside } = own;
  return told_of(bases)
    .filter((rule) => !beside || unmet(bed_of(beside), { ...rule, on: bases.slice(0, 1) }) === null)
    .map((rule) => ({
      name: rule.name ?? '',
      program: rule.program ?? [],
      broken: () => unmet(bed, { ...rule, name: '', on: [own.name] }),
    }));
}

/** Rules whose programs run on functions as they are: what others are replaced by is not the user's. */
const told_of = (variants: readonly string[]): readonly KvmExpectation[] =>
  BEHAVIOURS.filter(({ on, kernel, program }) => program && !kernel && on.some((name) => variants.includes(name)));

/** The base, and what that is built on, up to the first baseline: a kernel as shipped keeps most of the rules of its baseline. */
function up_to_a_baseline(name: string | null): readonly string[] {
  const variant = name === null ? undefined : VARIANTS.get(name);
  if (!variant) return [];
  return [variant.name, ...(variant.kind === 'baseline' ? [] : up_to_a_baseline(variant.base))];
}

/** Runs all on one implementation, whatever its name. */
const bed_of = (own: Variant): TestBed<View, Change> => ({
  ...TEST_BED,
  start: (_, { world = SMALL_WORLD }) => start_session(own, world),
});
