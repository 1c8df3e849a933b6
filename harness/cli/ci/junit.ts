/** JUnit XML, as GitLab and Jenkins read it. */
import { on_one_line, printable, type Verdict } from './verdict';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
const escaped = (text: string) => printable(text).replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter] ?? '');
/** In an attribute, a tab or the end of a line would be read as a space. */
const attribute = (text: string) => escaped(on_one_line(text)).replaceAll('\t', '&#9;');

function body({ status, why, lines }: Verdict): string {
  const text = escaped(lines.join('\n'));
  if (status === 'failed') return `<failure message="${attribute(why)}">${text}</failure>`;
  // JUnit knows no expected failure: it counts as skipped, with the reason.
  if (status === 'known') return `<skipped message="${attribute(`known: ${why}`)}"/><system-out>${text}</system-out>`;
  return status === 'skipped' ? `<skipped message="${attribute(why)}"/>` : '';
}

/** The whole file: a suite for each group. */
export function junit(verdicts: readonly Verdict[]): string {
  const counts = (all: readonly Verdict[]) => {
    const n = (...states: readonly Verdict['status'][]) => all.filter(({ status }) => states.includes(status)).length;
    return `tests="${all.length}" failures="${n('failed')}" errors="0"`;
  };
  const skipped = (all: readonly Verdict[]) =>
    all.filter(({ status }) => status === 'known' || status === 'skipped').length;
  const suites = [...new Set(verdicts.map(({ group }) => group))].map((group) => {
    const all = verdicts.filter((one) => one.group === group);
    const cases = all.map((one) => {
      const file = one.file === undefined ? '' : ` file="${attribute(one.file)}"`;
      return `    <testcase classname="${attribute(group)}" name="${attribute(one.name)}"${file}>${body(one)}</testcase>`;
    });
    return [
      `  <testsuite name="${attribute(group)}" ${counts(all)} skipped="${skipped(all)}">`,
      ...cases,
      '  </testsuite>',
    ].join('\n');
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="harness" ${counts(verdicts)}>`,
    ...suites,
    '</testsuites>\n',
  ].join('\n');
}
