/** Findings that are known: regressions that name this kernel. */
import type { Program } from '../../harness/program/command';
import { program_texts } from '../../harness/program/text';
import type { Regression } from '../../harness/regression/regression';
import { COMMANDS, VARIANTS } from '../catalogue/catalogue';
import type { Variant } from '../catalogue/variant';
import { baseline_of } from '../observed/conform';
import { canonical } from '../state/moves';
import { LIVE_WORLD } from '../world/world';
import { breaks, explained_by, type Run, type Target } from './target';

/** 7.3 of 7.3.4: what was seen on one kernel of a series is known of all. */
const series = (version: string): string => version.split('.').slice(0, 2).join('.');

/** The properties, each once, that a regression says break on a kernel of this one's series; none if it names no such. */
export function listed_properties({ kernels }: Pick<Regression, 'kernels'>, version: string): readonly string[] {
  const names = Object.entries(kernels ?? {}).flatMap(([kernel, all]) =>
    series(kernel) === series(version) ? all : [],
  );
  return [...new Set(names)];
}

/** One text for programs that are equal up to symmetry. */
export const canonical_text = (program: Program): string =>
  program_texts(COMMANDS, canonical(LIVE_WORLD, program)).join('; ');

/**
 * The regression that a failing program is another sight of, or null. The same program; or one that does exactly what
 * the model of this kernel as shipped does, and breaks the property on the model of a single defect that breaks it in the
 * regression's program, too.
 */
export function known_finding(
  target: Target,
  property: string,
  run: Run,
  listed: readonly Regression[],
): Regression | null {
  const { version } = target.machine.hello;
  const of_kernel = listed.filter((regression) => listed_properties(regression, version).length > 0);
  const candidates = of_kernel.filter((regression) => listed_properties(regression, version).includes(property));
  if (candidates.length === 0) return null;
  const text = canonical_text(run.program);
  const same_program = candidates.find(({ parsed }) => canonical_text(parsed) === text);
  if (same_program) return same_program;
  if (!explained_by(target.model, target, run)) return null;
  const guilty = defects_of(of_kernel, target.model).filter((defect) => breaks(defect, target, run.program, property));
  const same_claim = candidates.find(({ parsed }) => guilty.some((defect) => breaks(defect, target, parsed, property)));
  // Or the defect is known by another claim: which pages a pass takes decides what is huge afterwards.
  return same_claim ?? of_kernel.find(({ violates }) => guilty.some(({ name }) => name in violates)) ?? null;
}

/** The single defects that these regressions are about, each put into the baseline of this kernel. */
function defects_of(regressions: readonly Regression[], model: Variant): Variant[] {
  const names = new Set(regressions.flatMap(({ violates }) => Object.keys(violates)));
  const defects = [...VARIANTS.values()].filter(({ name, kind }) => kind === 'defect' && names.has(name));
  return defects.map((defect) => ({ ...defect, ops: { ...baseline_of(model).ops, ...changes_of(defect) } }));
}

/** The entries of the table of functions that a defect replaces. */
function changes_of({ base, ops }: Variant): Partial<Variant['ops']> {
  const of_base = new Map<string, unknown>(Object.entries(VARIANTS.get(base ?? '')?.ops ?? {}));
  return Object.fromEntries(Object.entries(ops).filter(([key, entry]) => of_base.get(key) !== entry));
}
