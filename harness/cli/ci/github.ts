/** What GitHub Actions shows: annotations among the output, and a summary of the job. */
import { on_one_line, printable, type Verdict } from './verdict';

/** The text of a workflow command: it ends with the line. */
const message = (text: string) =>
  printable(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string) => message(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** A line for each failure. A page shows ten of them. */
export const annotations = (verdicts: readonly Verdict[]): string[] =>
  verdicts
    .filter(({ status }) => status === 'failed')
    .map(({ group, name, why, lines, file, line = 1 }) => {
      const where = file === undefined ? '' : `file=${property(file)},line=${line},`;
      return `::error ${where}title=${property(`${group}: ${name}`)}::${message([why, ...lines].join('\n'))}`;
    });

/** Text in a cell of a Markdown table: what Markdown or HTML would take for theirs is spelt out. */
const cell = (text: string) =>
  on_one_line(text).replaceAll(/[&<>|`*_[\]\\@#]/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** Markdown: totals, then a row for each verdict that did not just pass. */
export function summary(verdicts: readonly Verdict[]): string {
  const n = (wanted: Verdict['status']) => verdicts.filter(({ status }) => status === wanted).length;
  const told = verdicts.filter(({ status }) => status === 'failed' || status === 'known');
  return [
    `### ${n('failed') === 0 ? 'nothing new is broken' : `${n('failed')} failed`}`,
    '',
    `${n('passed')} passed, ${n('failed')} failed, ${n('known')} known, ${n('skipped')} skipped`,
    '',
    ...(told.length === 0 ? [] : ['| | where | what | why |', '|---|---|---|---|']),
    ...told.map(({ status, group, name, why }) => `| ${status} | ${cell(group)} | ${cell(name)} | ${cell(why)} |`),
    '\n',
  ].join('\n');
}
