/** What kernels may do in two ways, as seen on them: neither is a finding, and a third is. */
import { parse_program } from '../../harness/program/text';
import { LIVE_CLAIMS } from '../../properties/claims';
import { bounds_of, COMMANDS, VARIANTS } from '../catalogue/catalogue';
import type { Variant } from '../catalogue/variant';
import { TWO_GIGAS } from '../world/world';
import { model_machine, predict } from './model_machine';
import { run_live, target_of } from './target';

const PROGRAM = [
  'invalidate_4k page=0 offset=5',
  'guest_read mmu=shadow page=0 offset=0',
  'invalidate_4k page=0 offset=3',
  'remap_entry mmu=shadow page=512 to=0 tracked=1',
  'guest_read mmu=shadow page=512 offset=0',
  'guest_read mmu=shadow page=512 offset=3',
];

/** The properties that a kernel breaks which has these many 4K pages mapped after the last two commands. */
async function broken(...pages: readonly number[]): Promise<string[]> {
  const variant = VARIANTS.get('v6.18') as Variant;
  const program = parse_program(COMMANDS, bounds_of(TWO_GIGAS), PROGRAM);
  const machine = model_machine(variant);
  const target = target_of({ ...machine, hello: { ...machine.hello, version: '6.18.15' } }, LIVE_CLAIMS, 'v6.18');
  const run = async () => {
    const answer = predict(variant, TWO_GIGAS, program);
    const from = program.length - pages.length;
    const steps = answer.steps.map((step, i) => {
      const pages_4k = pages[i - from];
      return step.stats && pages_4k !== undefined ? { ...step, stats: { ...step.stats, pages_4k } } : step;
    });
    return { ...answer, steps };
  };
  const { found } = await run_live({ ...target, machine: { ...target.machine, run } }, program);
  return found.map(({ property }) => property);
}

test('a leaf that another entry led to: its neighbours are mapped (6.12.118), or are not (7.3.4)', async () => {
  expect(await broken(8, 8)).toEqual([]);
  expect(await broken(7, 8)).toEqual([]);
  expect(await broken(6, 8)).toEqual(['pages-are-mapped-as-they-must-be']);
  expect(await broken(7, 7)).toEqual(['pages-are-mapped-as-they-must-be']);
});
