import { program_texts } from '../../harness/program';
import { type RegressionFile, SCHEMA_FILE } from '../../harness/regression';
import { run } from '../../harness/run';
import { COMMANDS } from '../../models/catalogue';
import { SUITE } from '../../properties/suite';
import type { LiveFinding } from './campaign';
import type { Target } from './target';

/** The text of a regression made of a finding on a real kernel; what the models make of it is written down, too. */
export function regression_of({ machine }: Target, finding: LiveFinding, seed: string): string {
  const { property, run: live, found, index } = finding;
  const violates: Record<string, string> = {};
  const holds: string[] = [];
  for (const { name, violates: expected } of SUITE.variants.values()) {
    const broken = run(SUITE.start(name), live.program, [...SUITE.properties.values()]);
    if (broken.some((one) => one.property === property && one.step === live.program.length - 1))
      violates[name] = property;
    if (expected.length === 0 && broken.length === 0) holds.push(name);
  }
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
