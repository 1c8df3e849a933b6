/** Programs and what a real kernel showed, in the format that `conform` reads. */
import { program_texts } from '../../harness/program/text';
import { COMMANDS } from '../catalogue/catalogue';
import type { World } from '../world/world';
import type { Run, Target } from './target';

/** One line of a file of traces; null for a program that did not run to its end. Skipped commands are left out. */
export function trace_of({ machine }: Target, world: World, { program, answer, unusable }: Run): string | null {
  const { start, steps, death } = answer;
  if (unusable !== null || death || !start.stats || steps.length < program.length) return null;
  const done = program.filter((_, i) => steps[i]?.kind === 'ok');
  const observed = steps.flatMap(({ stats }) => (stats ? [stats] : []));
  if (observed.length !== done.length) return null;
  const { regions: pages, vcpus, slots, tdp_mmu } = world;
  const texts = program_texts(COMMANDS, done);
  const mmus = texts.some((text) => text.includes('mmu=shadow')) ? 'tdp+shadow' : 'tdp';
  const recorded = { pages, vcpus, tdp_mmu, slots };
  return JSON.stringify({
    kernel: machine.hello.version,
    mmus,
    world: recorded,
    program: texts,
    start: start.stats,
    observed,
  });
}
