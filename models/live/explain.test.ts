import { SUITE } from '../../bin/kvm/suite';
import { known } from '../../harness/errors';
import { parse_program } from '../../harness/program/text';
import { LIVE_CLAIMS } from '../../properties/claims';
import { VARIANTS } from '../catalogue/catalogue';
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
