/** Entries and their 1G pages share one number: each is kept beside all others, and those beyond it map their own. */
import { is_in_2m, target_of, through, with_size, with_target } from './entries';

const KEPT = [0, 1, 2, 3, 4, 5, 6, 7];

test('each entry keeps its own 1G page and size, whatever the others have', () => {
  let targets = 0;
  for (const entry of KEPT) targets = with_size(with_target(targets, entry, 7 - entry), entry, entry % 2 === 0);
  for (const entry of KEPT) {
    expect([entry, target_of(targets, entry), is_in_2m(targets, entry)]).toEqual([entry, 7 - entry, entry % 2 === 0]);
  }
  for (const entry of KEPT) targets = with_size(with_target(targets, entry, entry), entry, false);
  expect(targets).toBe(0);
});

test('entries and 1G pages beyond those that can be distinguished stay as they are', () => {
  const targets = with_size(with_target(0, 0, 7), 7, true);
  for (const changed of [
    with_target(targets, 8, 0),
    with_target(targets, 0, 8),
    with_target(targets, 8, 9),
    with_size(targets, 8, true),
  ]) {
    expect(changed).toBe(targets);
  }
  expect([target_of(targets, 8), target_of(targets, 9), is_in_2m(targets, 8)]).toEqual([8, 9, false]);
});

test('an access arrives where its entry points', () => {
  const targets = with_target(0, 1, 3);
  expect([0, 4, 7, 8].map((at) => through(targets, at, 4))).toEqual([0, 12, 15, 8]);
  expect(through(0, 7, 4)).toBe(7);
});
