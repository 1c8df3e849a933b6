import { type Expectation, type RandomPrograms, type TestBed, unmet } from './expectation';
import type { Command, Program } from './program/command';
import type { Property } from './run/property';

/** A counter. A change may make it count in other steps. */
interface Counter {
  n: number;
}
interface Change {
  readonly step?: number;
}

const at_most = (limit: number): Property<Counter> => ({
  name: `at-most-${limit}`,
  claim: `n is at most ${limit}`,
  after: null,
  detail: null,
  even_in_a_crash: true,
  check: ({ n }) => (n <= limit ? null : { got: `n ${n}`, want: `at most ${limit}` }),
});
const claims = [at_most(1), at_most(2), at_most(9)];

const read = (program: readonly string[]): Program => program.map((name): Command => ({ name, args: {} }));

/** It dies of `crash`, and `stay` changes nothing. */
const BED: TestBed<Counter, Change> = {
  properties: new Map(claims.map((claim) => [claim.name, claim])),
  read,
  start(_, { step = 1 }) {
    const view = { n: 0 };
    return {
      view,
      happened: [],
      step({ name }) {
        if (name === 'up') view.n += step;
        return name !== 'crash';
      },
    };
  },
};

/** Case 0 counts to 0, case 1 to 1, and so on. */
const search: RandomPrograms = { first: 0, last: 4, program: (i) => read(Array.from({ length: i }, () => 'up')) };
const six = { name: 'n is 6', claim: 'n is 6', reached: ({ n }: Counter) => n === 6 };
const three = { name: 'n is 3', claim: 'n is 3', reached: ({ n }: Counter) => n === 3 };

const on = ['one'];
const program = ['up', 'up'];
const all: readonly [string, Expectation<Counter, Change>, string | null][] = [
  ['breaks at the end', { on, program, breaks: ['at-most-1'] }, null],
  ['does not break', { on, program, breaks: ['at-most-1', 'at-most-2'] }, 'one does not break at-most-2'],
  [
    'breaks too early',
    { on, program: ['up', 'up', 'stay'], breaks: ['at-most-1'] },
    'one breaks at-most-1 at command 2, not at the last',
  ],
  ['breaks in the search', { on, breaks: ['at-most-1', 'at-most-2'] }, null],
  ['does not break in it', { on, breaks: ['at-most-1', 'at-most-9'] }, 'one does not break at-most-9'],
  ['breaks as it was changed', { on, step: 5, breaks: ['at-most-9'] }, null],
  ['holds', { on, program: ['up'], holds_but: [] }, null],
  ['does not hold', { on, program, holds_but: [] }, 'one breaks at-most-1: got n 2, want at most 1'],
  ['holds but for that', { on, program, holds_but: ['at-most-1'] }, null],
  [
    'does not hold in the search',
    { on, holds_but: ['at-most-1'] },
    'one breaks at-most-2 in case 3: got n 3, want at most 2',
  ],
  ['reaches goals', { on, holds_but: ['at-most-1', 'at-most-2'], reaches: [three] }, null],
  ['does not', { on, holds_but: ['at-most-1', 'at-most-2'], reaches: [three, six] }, 'one never reaches n is 6'],
  ['says', { on, program, asked: ['at-most-1'], verdict: 'n 2' }, null],
  ['says nothing', { on, program, asked: ['at-most-9'], verdict: null }, null],
  ['says something', { on, program, asked: ['at-most-1'], verdict: null }, 'one says n 2, want null'],
  ['is seen', { on, program, sees: ({ n }) => n, want: 2 }, null],
  ['is seen of the last', { on, program, before: ({ n }) => n, sees: ({ n }, before) => n - before, want: 1 }, null],
  ['is seen where it dies', { on, program: ['up', 'crash', 'up'], sees: ({ n }) => n, want: 1 }, null],
  ['is not seen', { on, program, sees: ({ n }) => n, want: 3 }, 'one shows 2, want 3'],
  ['has a name', { name: 'two', on, program, sees: ({ n }) => n, want: 3 }, 'two: one shows 2, want 3'],
];

test.each(all)('%s', (_, expected, told) => {
  expect(unmet(BED, expected, search)).toBe(told);
});

test('it is expected of all that are named', () => {
  const start: typeof BED.start = (variant, change) => BED.start(variant, variant === 'two' ? { step: 2 } : change);
  const expected = { on: ['one', 'two', 'three'], program: ['up'], holds_but: [] };
  expect(unmet({ ...BED, start }, expected)).toBe('two breaks at-most-1: got n 2, want at most 1');
});

test('without a program there must be a search, and properties must be known', () => {
  expect(() => unmet(BED, { on, breaks: ['at-most-1'] })).toThrow('needs a search');
  expect(() => unmet(BED, { on, program, breaks: ['at-least-1'] })).toThrow('no property "at-least-1"');
});
