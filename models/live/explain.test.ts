import { SUITE } from '../../bin/kvm/suite';
import { known } from '../../harness/errors';
import { parse_program } from '../../harness/program/text';
import { LIVE_CLAIMS } from '../../properties/claims';
import { bounds_of, VARIANTS } from '../catalogue/catalogue';
import { TWO_GIGAS } from '../world/world';
import { explanation_of } from './explain';
import type { Machine } from './machine';
import { model_machine } from './model_machine';
import { run_live, target_of } from './target';

const SPLIT = ['guest_exec mmu=tdp page=0 offset=0', 'recover ratio=1'];
const OUTLIVED = [
  'destroy_vm slot_zap_all=0',
  SPLIT[0],
  'dirty_log on=1',
  'move_slot to=away',
  'recover ratio=1',
] as string[];

/** A kernel as 7.3 shipped, whose log has this after the last command of a program. */
function logging(log: readonly string[]): Machine {
  const shipped = model_machine(known('variant', 'linux-7.3', VARIANTS));
  return {
    ...shipped,
    hello: { ...shipped.hello, version: '7.3.4' },
    async run(world, program) {
      const answer = await shipped.run(world, program);
      const last = answer.steps.length - 1;
      return { ...answer, steps: answer.steps.map((step, i) => (i === last ? { ...step, log } : step)) };
    },
  };
}

async function explained(texts: readonly string[], log: readonly string[]) {
  const target = target_of(logging(log), LIVE_CLAIMS, undefined);
  const run = await run_live(target, parse_program(SUITE.commands, SUITE.bounds, texts));
  return explanation_of(target, run)?.defects ?? null;
}

const WARNING = ['WARNING: CPU: 0 PID: * at arch/x86/kvm/mmu/mmu.c'];

test('a warning is explained by a defect that foretells one there, and by nothing else', async () => {
  expect(await explained(OUTLIVED, WARNING)).toEqual(expect.arrayContaining(['B35']));
  expect(await explained(SPLIT, WARNING)).toBeNull();
});

test('where the model alone warns, numbers decide: most warnings come once a boot', async () => {
  expect(await explained(OUTLIVED, [])).toEqual(expect.arrayContaining(['B35']));
  expect(await explained(SPLIT, [])).not.toBeNull();
});

/** What explains that a kernel of this version shows the numbers that a model does. */
async function explained_as(version: string, shows: string, texts: readonly string[]) {
  const shipped = model_machine(known('variant', shows, VARIANTS));
  const target = target_of({ ...shipped, hello: { ...shipped.hello, version } }, LIVE_CLAIMS, undefined);
  const found = explanation_of(
    target,
    await run_live(target, parse_program(SUITE.commands, bounds_of(TWO_GIGAS), texts)),
  );
  return found && [found.shipped.name, ...found.defects];
}

test('a program about entries is explained in the world in which it runs, which has memory in two 1G pages', async () => {
  const texts = [
    'remap_entry mmu=shadow page=0 to=512 tracked=1',
    'guest_read mmu=shadow page=0 offset=0',
    'invalidate_4k page=1 offset=0',
    'guest_exec mmu=tdp page=1 offset=1',
    'invalidate page=1',
    'guest_exec mmu=tdp page=1 offset=0',
  ];
  expect(await explained_as('7.3.4', 'linux-7.3', texts)).toEqual(['linux-7.3', 'B39']);
});

// Up to 6.1 a table that was only read through keeps its region small.
const READ = ['invalidate_4k page=0 offset=0', 'guest_read mmu=tdp page=0 offset=0', 'invalidate page=0'];
const READ_AGAIN = [...READ, 'guest_read mmu=tdp page=0 offset=0'];

test.each([
  ['6.1.192', ['linux-6.1', 'B39']],
  ['6.3.1', ['linux-6.1', 'B39']],
  ['6.12.118', null],
  ['6.16.12', null],
  ['7.4.0', null],
])('on %s, what only an older kernel did is explained by that one if none is between', async (version, want) => {
  expect(await explained_as(version, 'linux-6.1', READ_AGAIN)).toEqual(want);
});

test('a kernel may have what came into a later one', async () => {
  const program = ['dirty_log on=1', SPLIT[0] ?? '', 'invalidate page=0', 'dirty_log on=0', SPLIT[0] ?? ''];
  expect(await explained_as('6.14.1', 'linux-6.17', program)).toEqual(['linux-6.17', 'B37']);
  expect(await explained_as('6.12.118', 'linux-6.17', program)).toEqual(['linux-6.17', 'B37']);
});
