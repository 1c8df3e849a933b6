import { words_of_thrown } from './thrown';

const trap = () => {
  throw new Error('a trap');
};
const all_traps = new Proxy({}, { get: trap, getPrototypeOf: trap, has: trap, ownKeys: trap });

test.each<[string, unknown, string]>([
  ['an error', new TypeError('no'), 'TypeError: no'],
  ['a text', 'no', 'thrown: no'],
  ['nothing', undefined, 'thrown: undefined'],
  ['null', null, 'thrown: null'],
  ['a symbol', Symbol('s'), 'thrown: Symbol(s)'],
  ['an object without a prototype', Object.create(null), 'thrown: object without a text'],
  ['a proxy that answers to nothing', all_traps, 'thrown: object without a text'],
  ['a revoked proxy', revoked(), 'thrown: object without a text'],
  ['an error whose message is none', Object.assign(new Error('x'), { message: all_traps }), 'thrown: object without'],
  ['a message of several lines', new Error('a\n  b\u001b[31m'), 'Error: a b [31m'],
  ['a long message', new Error('x'.repeat(10_000)), `Error: ${'x'.repeat(493)}…`],
  ['a text that is none', { toString: () => ({}) }, 'thrown: object without a text'],
])('%s', (_, thrown, words) => {
  expect(words_of_thrown(thrown)).toContain(words);
});

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
