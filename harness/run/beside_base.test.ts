import { beside_base } from './beside_base';
import type { Property } from './property';
import { run } from './run';
import type { Found, Session } from './session';

/** What a machine shows after each command: a number that must be 0; null: it crashes there. */
type Script = readonly (number | null)[];

interface Shown {
  value: number;
}

function machine(script: Script, at_the_end: number | null = null): Session<Shown> {
  const view: Shown = { value: 0 };
  let step = 0;
  return {
    view,
    happened: [],
    step() {
      const value = script[step++] ?? null;
      view.value = value ?? 9;
      return value !== null;
    },
    finish() {
      view.value = at_the_end ?? view.value;
      return at_the_end === null ? null : true;
    },
  };
}

const ZERO: Property<Shown> = {
  name: 'zero',
  claim: 'the number is 0',
  after: null,
  detail: null,
  even_in_a_crash: true,
  check: ({ value }) => (value === 0 ? null : { got: String(value), want: '0' }),
};

const COMMAND = { name: 'go', args: {} };

function found(ours: Session<Shown>, base: Session<Shown>, commands: number): readonly Found[] {
  const program = Array.from({ length: commands }, () => COMMAND);
  return run(beside_base(ours, base), program, [ZERO]);
}

const at = (step: number, got: string, more = {}) => [{ property: 'zero', step, breach: { got, want: '0' }, ...more }];

test('what the base breaks as well, after the same command with the same numbers, is left out', () => {
  expect(found(machine([0, 1, 2]), machine([0, 1, 2]), 3)).toEqual([]);
});

test('other numbers are not the base’s, though it breaks the same property there', () => {
  expect(found(machine([0, 1, 3]), machine([0, 1, 2]), 3)).toEqual(at(2, '3'));
});

test('the same numbers one command earlier are not the base’s', () => {
  expect(found(machine([1, 1]), machine([0, 1]), 2)).toEqual(at(0, '1'));
});

test('a crash is the base’s where that crashes, too, and its own where that goes on', () => {
  expect(found(machine([0, null]), machine([0, null]), 2)).toEqual([]);
  expect(found(machine([0, null]), machine([0, 0]), 2)).toEqual(at(1, '9'));
});

test('once the base has crashed nothing is the base’s', () => {
  expect(found(machine([0, 0, 9]), machine([0, null]), 3)).toEqual(at(2, '9'));
});

test('what is paused finishes on both; where the base has nothing to finish it excuses nothing', () => {
  expect(found(machine([0], 4), machine([0], 4), 1)).toEqual([]);
  expect(found(machine([0], 4), machine([4]), 1)).toEqual(at(0, '4', { at_end: true }));
});
