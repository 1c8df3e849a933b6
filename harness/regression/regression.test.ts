/** Fixtures: what is made of a counterexample is read again, and means what it says. On KVM's suite, since it needs one. */
import { SUITE } from '../../bin/kvm/suite';
import type { Counterexample } from '../certify/certify';
import { this_thread } from '../pool/pool';
import {
  digest,
  drifted,
  read_regression,
  read_regressions,
  regression_of_machine,
  regression_text,
  replay,
  same_bugs,
} from './regression';

const regressions = read_regressions(SUITE);
const [kept] = regressions.filter(({ violates }) => Object.hasOwn(violates, 'V1'));
if (!kept) throw new Error('no regression is of V1');
const property = kept.violates['V1'] as string;

let found: Counterexample;
beforeAll(async () => {
  // The case is none that breaks it: what is told of a case is not run.
  const pool = this_thread(SUITE, () => 0);
  const known = { kind: 'certify', variant: 'V1', known: { [property]: kept.parsed }, seen: null } as const;
  [found] = (await pool.ask({ ...known, transitions: 1 })) as [Counterexample];
});

test('of a counterexample', () => {
  const text = regression_text(SUITE, 'V1', null, { seed: 's', index: 3 }, found);
  const read = read_regression(SUITE, '/x/again.json', text);
  expect(read).toMatchObject({ name: 'again', version: 1, parsed: found.program, found: { seed: 's', case: 3 } });
  expect(read.violates['V1']).toBe(property);
  expect(read.holds).toEqual(SUITE.conforming);
  expect(replay(SUITE, read)).toEqual([]);
  expect(drifted(SUITE, [read])).toEqual([]);
  expect(same_bugs(SUITE, [read, { ...read, name: 'other' }])).toEqual([expect.stringMatching(/^again and other: /)]);
  expect(same_bugs(SUITE, [read])).toEqual([]);
});

test('of what was seen on a machine', () => {
  const hello = { version: '7.3.4', release: '7.3.4-mine' };
  const text = regression_of_machine(SUITE, hello, { ...found, property: 'stat-equals-splits' }, null);
  const read = read_regression(SUITE, 'seen.json', text);
  expect(read.kernels).toEqual({ '7.3.4': ['stat-equals-splits'] });
  expect(read.postmortem).toMatch(/^Seen on 7\.3\.4-mine: got /);
  expect(read.found).toBeUndefined();
  const from = regression_of_machine(SUITE, hello, found, { seed: 's', index: 7 });
  expect(read_regression(SUITE, 'seen.json', from).found).toEqual({ seed: 's', case: 7 });
});

test('what does not break as it says, or breaks where it should hold, is told a line each', () => {
  const turned = { ...kept, violates: { 'v6.18': property }, holds: ['V1'] };
  const lines = replay(SUITE, turned);
  expect(lines).toHaveLength(2);
  expect(lines.join('\n')).toMatch(/v6\.18/);
  expect(lines.join('\n')).toMatch(/V1/);
});

test('a seed that now draws another program has drifted', () => {
  const of = (drawn: string) => [{ ...kept, found: { seed: 's', case: 0, drawn } }];
  expect(drifted(SUITE, of('0'.repeat(16)))).toEqual([
    expect.stringMatching(/^drift .*: s:0 now draws another program/),
  ]);
  expect(drifted(SUITE, [{ ...kept, found: { seed: 's', case: 0 } }])).toEqual([]);
  const many = ['a', 'b', 'c', 'd'].flatMap((name) => of('0'.repeat(16)).map((one) => ({ ...one, name })));
  expect(drifted(SUITE, many)).toEqual([
    expect.stringMatching(/^drift .*: the seeds of 4 regressions .*: a, b, c, d$/),
  ]);
  expect(digest(SUITE, kept.parsed)).toMatch(/^[\da-f]{16}$/);
  expect(digest(SUITE, kept.parsed.slice(1))).not.toBe(digest(SUITE, kept.parsed));
});
