/** Random programs contain every command, and every pair of commands that can concern each other, often enough. */
import { SUITE } from '../../bin/kvm/suite';
import { frequency_in, related_pairs } from '../../harness/campaign/frequency';
import { random_of_case } from '../../harness/generate/seed';
import { lots_of } from '../../harness/generate/theme';
import { COMMANDS } from '../catalogue/catalogue';
import { SUBJECTS } from './subjects';

const CASES = 1000;
const SEEDS = ['main', 'themes'];
const percent = (n: number) => (100 * n) / CASES;
/** Commands of weight 0 occur in programs of their theme alone. */
const is_of_a_theme = (name: string): boolean => COMMANDS.get(name)?.weight === 0;
const least = (commands: readonly string[], usual: number): number => (commands.some(is_of_a_theme) ? 1 : usual);

test.each(SEEDS)('every command occurs in 5 % of the programs at least (seed %s)', (seed) => {
  const { commands, programs } = frequency_in(SUITE, seed, CASES);
  expect(programs).toBe(CASES);
  expect(commands.map(({ commands: [name] }) => name).sort()).toEqual([...COMMANDS.keys()].sort());
  expect(commands.filter((one) => percent(one.programs) < least(one.commands, 5))).toEqual([]);
});

/** Of a pair with a command of weight 0, half as much as of the command itself. */
const least_of_pair = (commands: readonly string[]): number => least(commands, 4) / 2;

test.each(SEEDS)('every pair that can concern each other occurs, in either order, in 2 % (seed %s)', (seed) => {
  const { pairs } = frequency_in(SUITE, seed, CASES);
  expect(pairs).toHaveLength(related_pairs(SUBJECTS).length);
  expect(pairs.filter((one) => percent(one.programs) < least_of_pair(one.commands))).toEqual([]);
});

test('every command has a subject, and every subject has commands that there are', () => {
  const named = new Set(Object.values(SUBJECTS).flat());
  expect([...named].sort()).toEqual([...COMMANDS.keys()].sort());
});

test.each(SEEDS)('what only some values of an argument do occurs, too (seed %s)', (seed) => {
  const share = (has: (name: string, args: Readonly<Record<string, unknown>>) => boolean) => {
    let programs = 0;
    for (let index = 0; index < CASES; index++) {
      const program = SUITE.programs.draw(random_of_case(seed, index));
      if (program.some(({ name, args }) => has(name, args))) programs++;
    }
    return percent(programs);
  };
  expect(share((name, { exempt }) => name === 'destroy_vm' && exempt === 1)).toBeGreaterThan(3);
  expect(share((name, { never }) => name === 'destroy_vm' && never === 1)).toBeGreaterThan(2);
  expect(share((name, { pages }) => name === 'nr_mmu_pages' && Number(pages) <= 4)).toBeGreaterThan(8);
  expect(share((name, { backing }) => name === 'create_slot' && backing === '1g')).toBeGreaterThan(8);
});

test('a theme that names what there is not is an error', () => {
  const theme = (weights: Record<string, number>, values = {}) => ({ name: 'wrong', weights, values });
  expect(() => lots_of(SUITE.space, theme({ reboot: 1 }))).toThrow('theme wrong: no command reboot');
  const backing = { create_slot: { backing: ['8m'] } };
  expect(() => lots_of(SUITE.space, theme({ create_slot: 1 }, backing))).toThrow('create_slot takes no backing=8m');
  expect(lots_of(SUITE.space, theme({ create_slot: 2, signal: 1 })).map(({ name }) => name)).toEqual([
    'create_slot',
    'create_slot',
    'signal',
  ]);
});
