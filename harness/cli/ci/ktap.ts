/** KTAP version 1, as the kernel's tools read it: a test for each verdict. */
import { on_one_line, type Verdict } from './verdict';

/** `#` would begin a directive, and a backslash would escape. */
const escaped = (text: string) => on_one_line(text).replaceAll('\\', '\\\\').replaceAll('#', '\\#');

function directive({ status, why }: Verdict): string {
  if (status === 'known') return ` # XFAIL ${escaped(why)}`;
  return status === 'skipped' ? ` # SKIP ${escaped(why)}` : '';
}

/** The lines of the whole run. */
export function ktap(verdicts: readonly Verdict[]): string[] {
  const tests = verdicts.flatMap((one, i) => {
    const { group, name, status, why, lines } = one;
    const told = status === 'failed' ? [why, ...lines].map((line) => `# ${on_one_line(line)}`) : [];
    const result = status === 'failed' ? 'not ok' : 'ok';
    return [...told, `${result} ${i + 1} ${escaped(`${group}: ${name}`)}${directive(one)}`];
  });
  return ['KTAP version 1', `1..${verdicts.length}`, ...tests];
}
