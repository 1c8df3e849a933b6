import { painted, takes_colour } from './colour';

const plain = (line: string) =>
  line
    .split('\u001b[')
    .map((part, i) => (i > 0 ? part.replace(/^[\d;]*m/, '') : part))
    .join('');

test('colour only where a terminal takes it', () => {
  expect(takes_colour(true, { TERM: 'xterm' })).toBe(true);
  for (const [is_terminal, env] of [
    [false, { TERM: 'xterm' }],
    [true, { TERM: 'dumb' }],
    [true, {}],
    [true, { TERM: 'xterm', NO_COLOR: '1' }],
  ] as const)
    expect(takes_colour(is_terminal, env)).toBe(false);
});

test.each([
  'V1: violates 2, NOT AS EXPECTED (50 programs)',
  '  broken  stat-equals-splits, at command 2: nx_lpage_splits equals the splits',
  '  2 !  recover ratio=1   0 + 0 <- broken',
  '  proven  minimal: no shorter program violates it',
  '  3    ┆ paused, holds slots_lock',
])('a colour adds nothing to the text: %s', (line) => {
  expect(painted(line)).not.toBe(line);
  expect(plain(painted(line))).toBe(line);
});

test('what says nothing special has no colour, and JSON never', () => {
  expect(painted('{"a":"NOT AS EXPECTED"}')).toBe('{"a":"NOT AS EXPECTED"}');
  expect(painted('  1    guest_exec mmu=tdp page=0 offset=0  1')).toBe('  1    guest_exec mmu=tdp page=0 offset=0  1');
});
