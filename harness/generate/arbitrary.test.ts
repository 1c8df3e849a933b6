import fc from 'fast-check';
import type { Command, Guide } from '../program/command';
import { oneOf, optional, whole } from '../program/command';
import { shrink_program } from '../program/shrink';
import { make_space } from '../program/space';
import { parse_command, program_texts } from '../program/text';
import { breach } from '../run/property';
import { run } from '../run/run';
import type { Session } from '../run/session';
import { ProgramArbitrary } from './arbitrary';
import { random_of_case } from './seed';

/** A toy of another domain: the engine must not depend on what it tests. */
const specs = new Map(
  [
    { name: 'put', weight: 3, args: { box: whole('box', 0, 'boxes'), what: oneOf('apple', 'pear') } },
    { name: 'take', weight: 2, args: { box: whole('box', 0, 'boxes'), times: optional(whole('times', 1, 9), 1) } },
    { name: 'shake', weight: 1, args: {} },
  ].map((spec) => [spec.name, spec]),
);
const space = make_space(specs.values(), { boxes: 8 }, 30);
const no_guide: Guide = { command: () => undefined, value: () => undefined, after: () => {} };
const programs = new ProgramArbitrary(space, () => no_guide);
const texts = (program: readonly Command[]) => program_texts(specs, program);

/** Breaks when a box is taken from that was put into before, with a shake in between. */
function toy(): Session<{ broken: boolean }> {
  const put = new Map<number, number>();
  const view = { broken: false };
  let shakes = 0;
  const step = ({ name, args }: Command) => {
    const box = Number(args['box']);
    if (name === 'shake') shakes++;
    if (name === 'put') put.set(box, shakes);
    view.broken = name === 'take' && (put.get(box) ?? shakes) < shakes;
    return true;
  };
  return { view, happened: [], step };
}
const whole_boxes = {
  name: 'boxes-stay-whole',
  claim: 'boxes stay whole',
  after: null,
  detail: null,
  even_in_a_crash: false,
  check: (view: { broken: boolean }) => (view.broken ? breach('broken', 'whole') : null),
};
const fails = (program: readonly Command[]) => run(toy(), program, [whole_boxes]).length > 0;
const property = fc.property(programs, (program) => !fails(program));
const MINIMUM = ['put box=0 what=apple', 'shake', 'take box=0'];

describe('programs', () => {
  test('case i depends on the seed and on i alone', () => {
    const first = programs.draw(random_of_case('a', 7));
    programs.draw(random_of_case('a', 8));
    expect(texts(programs.draw(random_of_case('a', 7)))).toEqual(texts(first));
    expect(texts(programs.draw(random_of_case('b', 7)))).not.toEqual(texts(first));
  });

  test('{ seed, path } replays a failure, shrunk', () => {
    const found = fc.check(property, { seed: 3, numRuns: 1000 });
    expect(found.failed).toBe(true);
    const again = fc.check(property, { seed: found.seed, path: found.counterexamplePath ?? '' });
    expect(again.counterexample).toEqual(found.counterexample);
  });

  test('a pinned program shrinks', () => {
    const pinned = ['put box=7 what=pear', 'take box=3 times=4', 'shake', 'shake', 'take box=7 times=9'];
    const program = pinned.map((text) => parse_command(specs, space.bounds, text));
    const { counterexample } = fc.check(property, { examples: [[program]], numRuns: 1 });
    expect(texts(counterexample?.[0] ?? [])).toEqual(MINIMUM);
  });

  test('every failure shrinks to the minimum, because equal arguments shrink together', () => {
    const failing = Array.from({ length: 300 }, (_, i) => programs.draw(random_of_case('shrink', i))).filter(fails);
    expect(failing.length).toBeGreaterThan(50);
    for (const program of failing) expect(texts(shrink_program(space, program, fails))).toEqual(MINIMUM);
  });

  test('a program survives printing and parsing', () => {
    const round = fc.property(programs, (program) => {
      const back = texts(program).map((text) => parse_command(specs, space.bounds, text));
      expect(back).toEqual(program);
    });
    fc.assert(round, { seed: 5, numRuns: 50 });
  });
});

describe('the error for a bad command names the bad value and the known ones', () => {
  test.each([
    ['puts box=1 what=pear', 'no command "puts"; did you mean "put"? known: put, shake, take'],
    ['put box=1', '"put box=1": put lacks what=…'],
    ['put box=8 what=pear', '"put box=8 what=pear": box=8 is not a whole number from 0 to 7'],
    ['put box=-1 what=pear', '"put box=-1 what=pear": box=-1 is not a whole number from 0 to 7'],
    ['put box=1 what=plum', '"put box=1 what=plum": what=plum is not one of apple, pear'],
    ['put box=1 box=2 what=pear', '"put box=1 box=2 what=pear": box is given twice'],
    ['shake hard=1', '"shake hard=1": no argument "hard=1"; shake takes none'],
    ['take box', '"take box": no argument "box"; take takes box=… times=…'],
  ])('%s', (text, message) => {
    expect(() => parse_command(specs, space.bounds, text)).toThrow(message);
  });
});

test('a source and its copy draw the same, whichever way numbers come from it', () => {
  for (let i = 0; i < 50; i++) {
    const source = random_of_case('main', i);
    source.nextInt(0, 9);
    // Of the copy nothing is known but what fast-check offers.
    const copy = source.clone();
    expect(texts(programs.draw(copy))).toEqual(texts(programs.draw(source)));
    expect(copy.nextInt()).toBe(source.nextInt());
  }
});

test('sources that are used in turn do not disturb each other', () => {
  const [one, other] = [random_of_case('main', 1), random_of_case('main', 2)];
  const both = [texts(programs.draw(one)), texts(programs.draw(other))];
  expect(both).toEqual([1, 2].map((index) => texts(programs.draw(random_of_case('main', index)))));
});
