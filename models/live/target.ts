/** A real kernel under test: its machine, what is expected of it, and the source of its programs. */

import { known } from '../../harness/errors';
import type { Program } from '../../harness/program/command';
import type { Judged } from '../../harness/run/ran';
import { VARIANTS } from '../catalogue/catalogue';
import type { Variant } from '../catalogue/variant';
import { variant_for_kernel } from '../observed/traces';
import type { Contract } from '../spec/contract';
import { pages_1g, TWO_GIGAS, type World } from '../world/world';
import { judge_seen, type SeenClaims } from './judge';
import type { Machine } from './machine';
import { predict, told_by } from './model_machine';
import { live_programs, type Programs } from './programs';
import type { Answer } from './protocol';
import { numbers_of, type Seen, same, seen_of } from './seen';

export interface Target {
  readonly machine: Machine;
  /** The name of the variant whose contract the kernel is compared with. */
  readonly contract_name: string;
  readonly contract: Contract;
  /** The model of this kernel as shipped, with its known defects. */
  readonly model: Variant;
  readonly programs: Programs;
  /** The claims by which it is judged. */
  readonly claims: SeenClaims;
}

/** What a program did on the kernel. */
export interface Run extends Judged {
  readonly answer: Answer;
  readonly seen: readonly Seen[];
}

/** The contract follows from the kernel's version unless one is named. */
export function target_of(machine: Machine, claims: SeenClaims, contract: string | undefined, giant = false): Target {
  const { version, tdp_mmu, nested } = machine.hello;
  const model = known('variant', variant_for_kernel(version), VARIANTS);
  const held_to = known('variant', contract ?? model.name, VARIANTS);
  const programs = live_programs(held_to.contract, { tdp_mmu, nested, giant });
  return { machine, contract_name: held_to.name, contract: held_to.contract, model, programs, claims };
}

/** Runs a program, and runs it again if the machine was at fault. */
export async function run_live(target: Target, program: Program): Promise<Run> {
  const run = await run_once(target, program);
  return run.unusable === null ? run : run_once(target, program);
}

/** The world in which a program runs: the target's, or one in which an entry of L1's tables can point elsewhere. */
export const world_for = ({ programs: { world } }: Target, program: Program): World =>
  program.some(({ name }) => name === 'remap_entry') && pages_1g(world) === 1
    ? { ...TWO_GIGAS, tdp_mmu: world.tdp_mmu }
    : world;

async function run_once(target: Target, program: Program): Promise<Run> {
  const { machine, contract, claims } = target;
  const world = world_for(target, program);
  const answer = await machine.run(world, program);
  const seen = seen_of(contract, world, program, answer);
  // If not even a fresh VM could be created, nothing was run that could be judged.
  const bad = answer.start.kind === 'ok' ? answer.steps.find(({ kind }) => kind === 'unusable') : answer.start;
  const unusable = answer.death === null && bad ? bad.why : null;
  const skipped = seen.flatMap((one) => one.skipped ?? []);
  const undecided = seen.filter((one) => one.undecided).length;
  const found = unusable === null ? judge_seen(claims, seen) : [];
  return { program, answer, seen, found, unusable, commands: answer.steps.length, skipped, undecided };
}

/** What is seen of a model in the kernel's place, with the same contract. */
export function seen_of_model(model: Variant, target: Target, program: Program): Seen[] {
  const world = world_for(target, program);
  return seen_of(target.contract, world, program, predict(model, world, program));
}

/** Whether a model in place of the kernel, with the same contract, violates this property. */
export const breaks = (model: Variant, target: Target, program: Program, property: string): boolean =>
  judge_seen(target.claims, seen_of_model(model, target, program)).some((found) => found.property === property);

/** Whether two variants show the same numbers for a program. */
export function shows_the_same(one: Variant, other: Variant, target: Target, program: Program): boolean {
  const shown = [one, other].map((variant) => {
    const { start, steps, death } = predict(variant, world_for(target, program), program);
    return JSON.stringify([steps.map(({ stats }) => stats && start.stats && numbers_of(stats, start.stats)), death]);
  });
  return shown[0] === shown[1];
}

/**
 * Whether this variant, in the kernel's place, would have shown the same numbers to the end, and warned wherever the kernel did.
 * Where it alone warns that says nothing: most warnings come once a boot. The model runs no further than the first difference.
 */
export function explained_by(variant: Variant, target: Target, { program, answer }: Run): boolean {
  const seen_first = answer.start.stats;
  if (answer.death || !seen_first) return false;
  const told = told_by(variant, world_for(target, program), program, (step) => answer.steps[step]?.kind === 'cannot');
  const told_first = told.start.stats;
  return answer.steps.every(({ stats, kind, log }) => {
    const next = told.steps.next();
    const foretold = next.done ? null : next.value;
    if (log.length > 0 && !foretold?.log.length) return false;
    if (kind === 'cannot') return true;
    if (kind === 'failed') return foretold?.kind === 'failed';
    if (!stats || !foretold?.stats || !told_first) return false;
    return same(numbers_of(stats, seen_first), numbers_of(foretold.stats, told_first));
  });
}
