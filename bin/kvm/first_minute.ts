/** What a call without words prints first: the bug that this project began with. */
import { join } from 'node:path';
import { breach_again } from '../../harness/certify/certify';
import { steps_with_purposes } from '../../harness/certify/steps';
import { broken_claim, step_table } from '../../harness/cli/counterexample_report';
import { start_of } from '../../harness/cli/start_again';
import { read_regression } from '../../harness/regression/regression';
import { wrapped } from '../../harness/wrap';
import { SUITE } from './suite';

const [VARIANT, PROPERTY] = ['V1', 'to-zap-nonzero-when-splits-exist'];
/** The columns of a usual terminal, but for how far these lines are indented. */
const WIDTH = 98;
const REGRESSION = 'recovery-rate-from-the-wrong-counter';

/** The seed's bug as its regression has it, run anew on V1. `env`: that of the terminal. */
export function bug_of_2020(env: Readonly<Record<string, string | undefined>>): string[] {
  const { parsed, found } = read_regression(SUITE, join(SUITE.regressions, `${REGRESSION}.json`));
  const breach = breach_again(SUITE, VARIANT, PROPERTY, parsed);
  const steps = steps_with_purposes(SUITE, VARIANT, parsed, breach).map(({ command, row, without }, step) => {
    const {
      'listed tdp': listed = '',
      'counter shadow': shadow = '',
      'counter tdp': tdp = '',
      to_zap = '',
    } = row ?? {};
    const shown = {
      'listed tdp': listed,
      'counter shadow': shadow,
      'counter tdp': tdp,
      to_zap: step === breach.step ? `${to_zap} <- broken` : to_zap,
    };
    return { command, row: shown, without: without?.split(':')[0] ?? null };
  });
  return [
    'the bug of September 2020 (V1): the TDP MMU has its own counter; to_zap comes from the other',
    '',
    ...[
      ...step_table(steps),
      '1. A guest executes from a huge page. KVM splits it: the TDP list has a page to be recovered.',
      '2. The worker asks how many to zap. The legacy MMU counts none: always 0, none is recovered.',
      ...broken_claim(SUITE.properties, breach).flatMap(folded),
      ...(found?.certified === undefined ? [] : [`proven  ${found.certified.split(' (')[0]}`]),
      `again   ${start_of(env)} replay ${REGRESSION} --variant ${VARIANT}`,
    ].map((line) => `  ${line}`),
    '',
  ];
}

/** What does not fit goes on where the text of the line began. */
const folded = (line: string): string[] =>
  wrapped(line, WIDTH).map((part, nth) => (nth === 0 ? part : `        ${part}`));
