import { broken_on } from './behaviour';
import { RULES } from './behaviours';

/** A mutation run rests on them, and takes long: that they hold is asked of every change. */
test.each(RULES)('$rule', (rule) => {
  expect(broken_on(rule)).toBeNull();
});
