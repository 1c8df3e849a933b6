/** The kernels and selftests that CI names are those of which the regressions speak. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { read_regressions } from '../../harness/regression/regression';
import { series_of } from '../../models/catalogue/versions';
import { check_debian_name } from '../../models/live/debian';
import { SUITE } from '../kvm/suite';

const root = join(__dirname, '..', '..');
const regressions = read_regressions(SUITE);

/** What bash has in this array after it has read a file of .ci. */
function array(file: string, name: string): string[] {
  const { stdout, stderr } = spawnSync(
    'bash',
    ['-c', `. "$1"; printf '%s\\n' "\${${name}[@]}"`, '-', join(root, '.ci', file)],
    {
      encoding: 'utf8',
    },
  );
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

const kernels = array('kernels', 'KERNELS').map((name) => {
  const [, series = '', version = '', upstream = ''] = /^debian:([\d.]+)=(([\d.]+)-\S+)$/.exec(name) ?? [];
  return { name, series, version, upstream };
});

test.each(kernels)('$name is a version that regressions list', ({ name, series, upstream }) => {
  check_debian_name(name);
  expect(series_of(upstream)).toBe(series);
  const listed = regressions.filter(({ kernels }) => Object.hasOwn(kernels ?? {}, upstream));
  expect(listed.length).toBeGreaterThan(0);
});

const text = readFileSync(join(root, '.ci', 'selftest'), 'utf8');
const tests = /^TESTS=\((.*)\)$/m.exec(text)?.[1]?.split(' ') ?? [];
const not_ok = [...text.matchAll(/^ {2}\[([\d.]+)\]="(.*)"$/gm)].map(
  ([, series = '', names = '']) => [series, names] as const,
);

test('selftests are of regressions, B30 among them, and on two kernels', () => {
  const names = regressions.map(({ name }) => name);
  for (const name of tests) expect(names).toContain(name);
  expect(tests).toContain('shadow-splits-never-recovered');
  expect(not_ok.map(([series]) => series)).toEqual(['6.12', '7.3']);
});

test.each(not_ok)('on %s the tests are not ok whose regressions list that kernel', (series, names) => {
  const upstream = kernels.find((one) => one.series === series)?.upstream ?? '';
  const breaking = regressions.filter(
    ({ name, kernels }) => tests.includes(name) && Object.hasOwn(kernels ?? {}, upstream),
  );
  const wanted = breaking.map(({ name }) => `${name.replaceAll('-', '_')}_test`);
  expect(
    names
      .split(' ')
      .filter((name) => name !== '')
      .sort(),
  ).toEqual(wanted.sort());
});
