/** What is known about a kernel: the defects that explain what it showed, and the regressions that name it. */
import type { Program } from '../../harness/program/command';
import { program_texts } from '../../harness/program/text';
import type { Regression } from '../../harness/regression/regression';
import { COMMANDS, VARIANTS } from '../catalogue/catalogue';
import type { Variant } from '../catalogue/variant';
import { series_of, version_number } from '../catalogue/versions';
import { canonical } from '../state/moves';
import { LIVE_WORLD } from '../world/world';
import { explanation_of, with_these } from './explain';
import { judge_seen } from './judge';
import { breaks, type Run, seen_of_model, shows_the_same, type Target } from './target';

/**
 * The properties that a regression lists as violated on kernels of this series, each once; empty if it names no such
 * kernel.
 */
export function listed_properties({ kernels }: Pick<Regression, 'kernels'>, version: string): readonly string[] {
  const names = Object.entries(kernels ?? {}).flatMap(([kernel, all]) =>
    series_of(kernel) === series_of(version) ? all : [],
  );
  return [...new Set(names)];
}

/** One text for programs that are equal up to symmetry. */
export const canonical_text = (program: Program): string =>
  program_texts(COMMANDS, canonical(LIVE_WORLD, program)).join('; ');

/** Whether kernels of this version have the defect, as far as known. */
const has_come = ({ since }: Variant, version: string): boolean =>
  since !== null && version_number(version) >= version_number(since);

/** The defects of this kernel's model that already existed in its version. */
export const known_defects = ({ model, machine }: Target): Variant[] =>
  model.defects
    .map((name) => VARIANTS.get(name) as Variant)
    .filter((defect) => has_come(defect, machine.hello.version));

/** The name of the known defect that also explains this breach; null if the breach is new. */
export function known_defect(target: Target, property: string, run: Run): string | null {
  const explanation = explanation_of(target, run);
  if (explanation === null || explanation.defects.length === 0) return null;
  const { shipped, defects } = explanation;
  const { version } = target.machine.hello;
  if (!defects.every((name) => has_come(VARIANTS.get(name) as Variant, version))) return null;
  const guilty = defects.find((name) => breaks(with_these(shipped, [name]), target, run.program, property));
  return guilty ?? defects.join('+');
}

/**
 * The regression that names this kernel and has the same program and property; null if there is none. For what no model
 * shows: warnings.
 */
export function known_regression(
  target: Target,
  property: string,
  { program }: Run,
  regressions: readonly Regression[],
): string | null {
  const { version } = target.machine.hello;
  const text = canonical_text(program);
  const same = regressions.find(
    (one) => listed_properties(one, version).includes(property) && canonical_text(one.parsed) === text,
  );
  return same?.name ?? null;
}

/**
 * The properties that a regression's program violates on a kernel with its known defects, and those that it lists for
 * this kernel.
 */
export function expected_properties(target: Target, regression: Regression): readonly string[] {
  const seen = seen_of_model(target.model, target, regression.parsed);
  const by_model = judge_seen(target.claims, seen).map(({ property }) => property);
  return [...new Set([...by_model, ...listed_properties(regression, target.machine.hello.version)])];
}

/**
 * The known defects that a run shows to be fixed: without them the model shows other numbers, and the kernel shows the
 * numbers of a model without them.
 */
export function fixed_defects(target: Target, run: Run): readonly string[] {
  const explanation = explanation_of(target, run);
  if (explanation === null || explanation.shipped.name !== target.model.name) return [];
  const { model } = target;
  return model.defects.filter((name) => {
    const without = with_these(
      model,
      model.defects.filter((other) => other !== name),
    );
    return !explanation.defects.includes(name) && !shows_the_same(model, without, target, run.program);
  });
}
