/** A little of `npm run fuzz`, and whether it notices. */
import { CallError } from '../../harness/errors';
import { fuzz } from '../../tools/fuzz/fuzz';
import { type Came, refused, TARGETS, type Target } from '../../tools/fuzz/targets';

test.each(TARGETS.map((target) => [target.name, target] as const))('%s', async (name, target) => {
  const inputs = name === 'calls' ? 60 : 400;
  const { came, failure, ...fuzzed } = await fuzz(target, 1, inputs, 60_000);
  expect(failure).toBeNull();
  expect(fuzzed.inputs).toBe(inputs);
  expect(3 * (came.read + came.taken)).toBeGreaterThan(inputs);
  expect(came.taken).toBeGreaterThan(0);
});

describe('what no input may do is noticed, with the least input that does it', () => {
  const [programs] = TARGETS.filter(({ name }) => name === 'programs');
  const spoilt = (run: (input: string) => Came | Promise<Came>): Target => ({ ...(programs as Target), run });

  test('throw what is no refusal', async () => {
    const run = (input: string): Came => {
      if (input.includes('\ufeff')) throw new TypeError('no');
      return 'taken';
    };
    const { failure } = await fuzz(spoilt(run), 1, 5000, 60_000);
    expect(failure).toMatch(/^"\ufeff.*": TypeError: no\n/);
  });

  test.each([
    ['without a word', new CallError('')],
    ['with a stack', new CallError('x\n    at main (main.ts:1:1)')],
    ['with a list', new CallError('x'.repeat(10_000))],
    ['by a defect', new RangeError('x')],
  ])('refuse %s', (_, error) => {
    expect(() => refused(error)).toThrow();
    expect(() => refused(new CallError('no command "x"'))).not.toThrow();
  });
});

test('the same seed makes the same inputs', async () => {
  const [target] = TARGETS;
  const inputs = async () => {
    const seen: string[] = [];
    const run = (input: string): Came => {
      seen.push(input);
      return 'taken';
    };
    await fuzz({ ...(target as Target), run }, 7, 50, 60_000);
    return seen;
  };
  const once = await inputs();
  expect(new Set(once).size).toBeGreaterThan(25);
  expect(await inputs()).toEqual(once);
});
