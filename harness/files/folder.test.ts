import { in_order } from './folder';

const things = new Map([
  ['a', 1],
  ['b', 2],
  ['c', 3],
]);

test('things come in the declared order, whatever their files are called', () => {
  expect([...in_order(['c', 'a', 'b'], things, 'LIST')]).toEqual([
    ['c', 3],
    ['a', 1],
    ['b', 2],
  ]);
});

test.each([
  [['c', 'a'], 'LIST: b has a file and is not listed: new ones go to the end'],
  [['c', 'a', 'b', 'd'], 'LIST: d is listed and has no file'],
  [['c', 'a', 'b', 'a'], 'LIST: a is listed twice'],
])('the order %j is an error', (order, message) => {
  expect(() => in_order(order, things, 'LIST')).toThrow(message);
});
