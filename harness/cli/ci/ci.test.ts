import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { Parser } from 'tap-parser';
import { validateXML } from 'xmllint-wasm';
import { annotations, summary } from './github';
import { junit } from './junit';
import { ktap } from './ktap';
import type { Verdict } from './verdict';

const HOSTILE = '<b a="1">&amp; \'x\' ]]> # TODO \\ | `*_@x\n::error::no\u001b[31m\u0000\u202e% end';
const hostile = (status: Verdict['status']): Verdict => {
  return { group: HOSTILE, name: HOSTILE, status, why: HOSTILE, lines: [HOSTILE, 'ok 7 no'], file: HOSTILE };
};
const STATES = ['passed', 'failed', 'known', 'skipped'] as const;
const verdicts = STATES.map(hostile);

test('JUnit is XML whose counts and names are right, whatever the names', () => {
  const text = junit(verdicts);
  expect(XMLValidator.validate(text)).toBe(true);
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', htmlEntities: true });
  const { testsuites } = parser.parse(text);
  expect(testsuites).toMatchObject({ tests: '4', failures: '1' });
  expect(testsuites.testsuite).toMatchObject({ tests: '4', failures: '1', skipped: '2' });
  const cases = testsuites.testsuite.testcase;
  expect(cases).toHaveLength(4);
  for (const one of cases) expect(one.name).toContain('<b a="1">&amp; \'x\' ]]> # TODO');
  expect(cases[1].failure.message).toContain('\\u001b[31m\\u0000\\u202e% end');
  expect(cases[2].skipped.message).toMatch(/^known: /);
});

test('JUnit is as its schema says', async () => {
  const schema = readFileSync(join(__dirname, 'junit.xsd'), 'utf8');
  const errors_of = async (contents: string) =>
    (await validateXML({ xml: [{ fileName: 'junit.xml', contents }], schema: [schema] })).errors;
  expect(await errors_of(junit(verdicts))).toEqual([]);
  expect(await errors_of(junit([]))).toEqual([]);
  // The schema is not one that takes everything.
  expect(await errors_of(junit(verdicts).replace('<skipped', '<ignored'))).not.toEqual([]);
  expect(await errors_of(junit(verdicts).replace(/ failures="\d+" errors="0" skipped/, ' skipped'))).not.toEqual([]);
});

test('KTAP as it is, by a parser that knows no XFAIL: an expected failure is ok, as the lines say', () => {
  const lines = ktap(verdicts);
  const results = Parser.parse(['TAP version 13', ...lines.slice(1)].join('\n')).flatMap((event) =>
    event[0] === 'assert' ? [event[1]] : [],
  );
  expect(results.map(({ ok, id }) => [id, ok])).toEqual([
    [1, true],
    [2, false],
    [3, true],
    [4, true],
  ]);
  // KTAP: "ok N name # DIRECTIVE why"; only these directives, only on results, and none in a name.
  const directives = lines
    .filter((line) => /^(not )?ok/.test(line))
    .map((line) => / # ([A-Z]+) /.exec(line)?.[1] ?? null);
  expect(directives).toEqual([null, null, 'XFAIL', 'SKIP']);
});

test('KTAP is read by a parser: as many tests as there are, their directives ours alone', () => {
  const lines = ktap(verdicts);
  // TAP has another first line, and no XFAIL.
  const tap = ['TAP version 13', ...lines.slice(1)].join('\n').replaceAll('# XFAIL', '# TODO');
  const results = Parser.parse(tap).flatMap((event) => (event[0] === 'assert' ? [event[1]] : []));
  expect(lines[0]).toBe('KTAP version 1');
  expect(lines[1]).toBe('1..4');
  expect(results.map(({ ok, todo, skip }) => [ok, todo !== false, skip !== false])).toEqual([
    [true, false, false],
    [false, false, false],
    [true, true, false],
    [true, false, true],
  ]);
});

test('an annotation is one line each, and no other command', () => {
  const lines = annotations(verdicts);
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(/\n/);
  expect(lines[0]).toMatch(/^::error file=[^,:]*,line=1,title=[^,:]*::/);
});

test('the summary has a row for each, with as many cells', () => {
  const rows = summary(verdicts)
    .split('\n')
    .filter((line) => line.startsWith('|'));
  expect(rows.map((row) => row.split('|').length)).toEqual([6, 6, 6, 6]);
  expect(summary(verdicts)).not.toContain('<b');
});
