import type { Program } from './command';
import { at_once, in_turn, type Work } from './work';

const program = (n: number): Program => [{ name: 'take', args: { n } }];
const number_of = ([command]: Program): number => Number(command?.args['n']);

/** Asks for three programs, and catches the error of one that cannot be run. */
function* sum(): Work<number, string> {
  let total = 0;
  for (const n of [1, 2, 3]) {
    try {
      total += yield program(n);
    } catch (error) {
      return `${total}, then ${(error as Error).message}`;
    }
  }
  return String(total);
}

const doubled = (one: Program) => 2 * number_of(one);
const not_the_third = (one: Program) => {
  if (number_of(one) === 3) throw new Error('no more');
  return doubled(one);
};

test('the result is the same with a synchronous and an asynchronous runner', async () => {
  expect(at_once(sum(), doubled)).toBe('12');
  expect(await in_turn(sum(), async (one) => doubled(one))).toBe('12');
  expect(await in_turn(sum(), doubled)).toBe('12');
});

test('an error of the runner is thrown where the program was yielded', async () => {
  expect(at_once(sum(), not_the_third)).toBe('6, then no more');
  expect(await in_turn(sum(), async (one) => not_the_third(one))).toBe('6, then no more');
});
