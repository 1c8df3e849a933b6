import type { Step, Threads } from '../run/step';
import { step_table } from './counterexample_report';
import { lane_lines } from './lanes';
import { table } from './table';

const row = (command: string, cells: Record<string, string>): Step => ({ command, row: cells, without: null });
const widest = (lines: readonly string[]) => Math.max(...lines.map((line) => line.length));

test('what fits is as wide as its cells', () => {
  expect(table([{ a: '1', long: 'x' }], 100)).toEqual(['a  long', '1  x']);
});

test('titles and then texts are wrapped until it fits; no word is lost', () => {
  const text = 'a text of several words that is longer than the line may be';
  const lines = table([{ '': '1', text, 'a number': '12' }], 40, 1);
  expect(widest(lines)).toBeLessThanOrEqual(40);
  const words = lines.join(' ').split(/\s+/);
  for (const word of [...text.split(' '), 'number', '12']) expect(words).toContain(word);
});

test('columns that do not fit stand below, beside the first ones again', () => {
  const columns = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`column${i}`, String(i)]));
  const lines = table([{ command: 'one', ...columns }], 40, 1);
  expect(widest(lines)).toBeLessThanOrEqual(40);
  expect(lines.filter((line) => line.startsWith('command')).length).toBeGreaterThan(2);
  for (const name of Object.keys(columns)) expect(lines.join('\n')).toContain(name);
});

test('columns of zeros are left out and named; what breaks is marked; a counter below 0 is told', () => {
  const steps = [
    row('first', { listed: '0', counter: '0', to_zap: '' }),
    row('second', { listed: '0', counter: '18446744073709551615', to_zap: '0' }),
  ];
  const found = { property: 'p', step: 1, breach: { got: 'counter 18446744073709551615', want: '0' } };
  const lines = step_table(steps, { broken: [found], about: () => ['counter', 'to_zap'] });
  expect(lines).toEqual([
    '     command  counter',
    '1    first    0',
    '2 !  second   2^64-1 <- broken',
    '0 in all rows: listed, to_zap',
  ]);
});

test('a lane a thread: who runs, who is paused and holds what', () => {
  const paused: Threads['paused'][number] = {
    thread: 'worker',
    command: 'pass',
    at: 'a place',
    means: 'between two locks',
    holds: 'a lock',
  };
  const steps: Step[] = [
    { ...row('pass', {}), threads: { running: 'worker', paused: [paused] } },
    { ...row('fault', {}), threads: { running: 'vCPU 0', paused: [paused] } },
    { ...row('(paused commands end)', {}), threads: { running: 'vCPU 0', paused: [] } },
  ];
  expect(lane_lines(steps, 100).map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
    '',
    'threads: a lane each; │ runs, ┆ is paused while the others run',
    ' worker vCPU 0',
    '1 │ pass',
    ' ┆ stops at a place, holds a lock',
    '2 ┆ paused, holds a lock │ fault',
    'end │ goes on, and ends',
    ' a place: between two locks',
    '',
  ]);
  expect(lane_lines([row('pass', {})], 100)).toEqual([]);

  const other = { ...paused, thread: 'vCPU 0', command: 'fault' };
  const two: Step[] = [
    { ...row('fault', {}), threads: { running: 'vCPU 0', paused: [paused, other] } },
    { ...row('(paused commands end)', {}), threads: { running: 'vCPU 0', paused: [] } },
  ];
  expect(lane_lines(two, 100).join(' ')).toMatch(/goes on second, and ends +│ goes on first, and ends/);
});
