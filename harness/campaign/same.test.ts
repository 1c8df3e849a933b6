import type { Program } from '../program/command';
import { is_part } from './same';

/** Pages are numbered in the order in which they come: the same text for programs that are equal but for the pages. */
function text_of(program: Program): string {
  const pages = [...new Set(program.map(({ args }) => args['page']))];
  return program.map(({ name, args }) => `${name} ${pages.indexOf(args['page'])}`).join('; ');
}
const program = (...texts: string[]): Program =>
  texts.map((text) => {
    const [name = '', page = ''] = text.split(' ');
    return { name, args: { page: Number(page) } };
  });

test.each([
  ['the same program', program('exec 0', 'pass 0'), true],
  ['others before, between, and another page', program('read 1', 'exec 2', 'read 1', 'pass 2'), true],
  ['another page in the end', program('exec 2', 'pass 1'), false],
  ['another command in the end', program('exec 0', 'pass 0', 'read 0'), false],
  ['too short', program('pass 0'), false],
])('a program is part of a longer one if that ends with it: %s', (_, whole, expected) => {
  expect(is_part(program('exec 0', 'pass 0'), whole, text_of)).toBe(expected);
});

test('long programs are not looked for', () => {
  const long = program('exec 0', 'exec 1', 'exec 2', 'pass 0');
  expect(is_part(long, long, text_of)).toBe(false);
});
