import { did_you_mean, known_names, nearest } from './nearest';

const names = ['check', 'explore', 'recover', 'to-zap-nonzero-when-splits-exist', 'B3', 'B30', 'B31', 'B40', 'v6.18'];

test.each([
  ['chek', 'check'],
  ['chekc', 'check'],
  ['CHECK', 'check'],
  ['to-zap', 'to-zap-nonzero-when-splits-exist'],
  ['b30', 'B30'],
  ['B4', 'B40'],
  ['v6.81', 'v6.18'],
  ['exlpore', 'explore'],
  ['reboot', null],
  ['x', null],
  ['', null],
  ['a'.repeat(10_000), null],
])('%s means %s', (word, meant) => {
  expect(nearest(word, names)).toBe(meant);
});

test('nothing is said where no name is near', () => {
  expect(did_you_mean('reboot', names)).toBe('');
  expect(did_you_mean('chek', names)).toBe('; did you mean "check"?');
});

test('the nearest comes before those that are known', () => {
  expect(known_names('B3x', ['B3', 'B9'])).toBe('; did you mean "B3"? known: B3, B9');
  expect(known_names('reboot', ['B3', 'B9'])).toBe('; known: B3, B9');
});
