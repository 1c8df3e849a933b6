/** `report`: mails about regressions. */
import { type Regression, read_regressions } from '../../harness/regression/regression';
import { call } from '../tests/terminal.fixture';
import { report_lines } from './report_mail';
import { SUITE } from './suite';

const regressions = read_regressions(SUITE);
const named = (name: string) => regressions.find((one) => one.name === name) as Regression;
const of_kernels = regressions.filter(({ kernels }) => kernels !== undefined);

test('B30: where it was seen, the numbers as they are and as they should be', () => {
  const lines = report_lines(named('shadow-splits-never-recovered'), false);
  expect(lines[0]).toBe('Subject: KVM: x86/mmu: shadow splits never recovered');
  const text = lines.join('\n').replaceAll('\n', ' ');
  expect(text).toContain('Seen on unmodified Linux 7.3.4 (broken: ');
  expect(text).toContain('It came in with 6.18.');
  expect(lines.filter((line) => /^(command|guest_exec|recover ratio)/.test(line))).toEqual([
    'command                                nx_lpage_splits  pages_2m',
    'guest_exec mmu=tdp page=0 offset=0     1                0',
    'recover ratio=1                        0                0',
    'guest_exec mmu=shadow page=0 offset=0  1                0',
    'recover ratio=1                        1 [0]            0',
  ]);
  expect(text).toContain('live --kernel debian:7.3');
});

// What fetches outside all slots is no test, and so no report.
const REFUSED = ['table-built-before-its-slot'];

test.each(of_kernels.map(({ name }) => name).filter((name) => !REFUSED.includes(name)))(
  '%s: 72 columns, and some number is not what it should be, or the kernel complains',
  (name) => {
    const lines = report_lines(named(name), false);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(72);
    expect(lines.some((line) => /\d \[\d\]|complains: WARNING/.test(line))).toBe(true);
  },
);

test('with the test, if it is asked for', async () => {
  const { code, out } = await call(['report', 'shadow-splits-never-recovered', '--test']);
  expect(code).toBe(0);
  expect(out).toContain('// SPDX-License-Identifier: GPL-2.0-only OR MIT');
  expect(out.at(-1)).toBe('}');
});

test.each([
  [[], "report takes one regression's name"],
  [['shadow-splits-never-recoverd'], 'did you mean "shadow-splits-never-recovered"?'],
  [['../regressions/schema'], 'no regression "../regressions/schema"'],
  [['generation-comes-round'], 'command 2, nx_huge_pages on=0 pause=1: '],
])('report %j: %s', async (words, told) => {
  const { code, err } = await call(['report', ...words]);
  expect(err.join('\n')).toContain(told);
  expect(code).toBe(2);
});
