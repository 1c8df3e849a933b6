import { in_order } from './folder';

const things = new Map([
  ['a', 1],
  ['b', 2],
  ['c', 3],
]);

test('things come in the declared order, whatever their files are called', () => {
  expect([...in_order(['c', 'a', 'b'], things)]).toEqual([
    ['c', 3],
    ['a', 1],
    ['b', 2],
  ]);
});

test.each([
  [['c', 'a'], 'b: in the folder, and not in the declared order'],
  [['c', 'a', 'b', 'd'], 'd: in the declared order, and not in the folder'],
  [['c', 'a', 'b', 'a'], 'a: twice in the declared order'],
])('the order %j is an error', (order, message) => {
  expect(() => in_order(order, things)).toThrow(message);
});
