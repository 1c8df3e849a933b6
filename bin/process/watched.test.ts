import { is_watched } from './watched';

test.each<[boolean, boolean | undefined, Record<string, string>]>([
  [true, true, { TERM: 'xterm' }],
  [true, true, { TERM: 'xterm', NO_COLOR: '' }],
  [true, true, {}],
  [false, true, { TERM: 'dumb' }],
  [false, true, { TERM: 'xterm', NO_COLOR: '1' }],
  [false, false, { TERM: 'xterm' }],
  [false, undefined, { TERM: 'xterm' }],
])('escape sequences: %s where isTTY is %s and the environment %j', (shown, isTTY, env) => {
  expect(is_watched(isTTY, env)).toBe(shown);
});
