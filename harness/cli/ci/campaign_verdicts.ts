/** The verdicts of a search and of a replay, for CI. */
import type { Campaign } from '../../campaign/search';
import { program_texts } from '../../program/text';
import type { Suite, VariantInfo } from '../../suite';
import type { Place } from '../../user_code/places';
import { broken_claim, step_table } from '../counterexample_report';
import type { Verdict } from './verdict';

/**
 * Where a reader should look: at the first entry that the user's own implementation replaces, in the file that defines it; at the
 * file itself where that is not known.
 */
export function place_of(
  { calls }: VariantInfo,
  places: Readonly<Record<string, Place>>,
  file: string | undefined,
): Pick<Verdict, 'file' | 'line'> {
  if (file === undefined) return {};
  const replaced = [...(calls?.keys() ?? [])].flatMap((name) => places[name] ?? []);
  return replaced.sort((a, b) => a.line - b.line)[0] ?? { file };
}

/** A regression: `wrong` is what is not as it says, a line each. */
export const regression_verdicts = (name: string, wrong: readonly string[]): Verdict[] => [
  {
    group: 'regressions',
    name,
    status: wrong.length === 0 ? 'passed' : 'failed',
    why: wrong[0] ?? '',
    lines: wrong.slice(1),
  },
];

/**
 * One for each property, on one variant. A violation that the variant declares is known, one that it declares and that was
 * not found has failed. `at`: where the user's own implementation is.
 */
export function campaign_verdicts<View>(
  suite: Suite<View>,
  variant: VariantInfo,
  { findings, unreached, programs }: Campaign,
  at: Pick<Verdict, 'file' | 'line'> = {},
): Verdict[] {
  const group = variant.name;
  const names = new Set([...suite.properties.keys(), ...variant.violates]);
  const verdicts = [...names].map((name): Verdict => {
    const found = findings.find(({ property }) => property === name);
    const declared = variant.violates.includes(name);
    if (!found && declared)
      return { group, name, status: 'failed', why: 'declared, and not violated', lines: [], ...at };
    if (!found && programs === 0) return { group, name, status: 'skipped', why: 'no program was run', lines: [] };
    if (!found) return { group, name, status: 'passed', why: '', lines: [] };
    const program = program_texts(suite.commands, found.program);
    const lines = [
      ...step_table(found.steps, { broken: [found.found], about: suite.columns_of }),
      ...broken_claim(suite.properties, found.found),
    ];
    if (declared) return { group, name, status: 'known', why: `${variant.name} (${variant.source})`, lines };
    const { got, want } = found.found.breach;
    return { group, name, status: 'failed', why: `${program.join('; ')}: got ${got}, want ${want}`, lines, ...at };
  });
  const goals = unreached.map(
    (name): Verdict => ({ group, name, status: 'failed', why: 'goal not reached', lines: [] }),
  );
  return [...verdicts, ...goals];
}
