import { program_texts } from '../../../harness/program/text';
import { judged_on_all, type RegressionFile, SCHEMA_FILE } from '../../../harness/regression/regression';
import { COMMANDS } from '../../../models/catalogue/catalogue';
import { SUITE } from '../suite';
import type { LiveFinding } from './campaign';
import type { Target } from './target';

/** The text of a regression made of a finding on a real kernel; what the models make of it is written down, too. */
export function regression_of({ machine }: Target, finding: LiveFinding, seed: string): string {
  const { property, run: live, found, index } = finding;
  const { violates, holds } = judged_on_all(SUITE, null, live.program, property);
  const { version } = machine.hello;
  const claim = `got ${found.breach.got}, want ${found.breach.want}.`;
  const regression: RegressionFile = {
    $schema: `./${SCHEMA_FILE}`,
    program: program_texts(COMMANDS, live.program),
    violates,
    holds,
    kernels: { [version]: [property] },
    postmortem: `Seen on ${machine.hello.release}: ${claim}`,
    ...(index === null ? {} : { found: { seed, case: index } }),
  };
  return `${JSON.stringify(regression, null, 2)}\n`;
}
