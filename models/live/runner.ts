/**
 * A real kernel as a runner of the engine: which programs it gets, what is known about it, how its programs are
 * simplified.
 */
import type { Runner } from '../../harness/campaign/runner';
import type { Args, Command, Program } from '../../harness/program/command';
import type { SpaceCommand } from '../../harness/program/space';
import type { Regression } from '../../harness/regression/regression';
import type { Broken } from '../../harness/run/ran';
import { COMMANDS } from '../catalogue/catalogue';
import { canonical_text, expected_properties, fixed_defects, known_defect, known_regression } from './known';
import type { Outcome } from './protocol';
import { live_steps } from './steps';
import { breaks, type Run, run_live, type Target } from './target';

/** How often a shrunk program must show the same result. */
const REPLAYS = 10;
/** The largest number of failing programs that are shrunk for each property. */
const SHRUNK_AT_MOST = 8;

export function live_runner(target: Target): Runner<Run> {
  const { programs, model } = target;
  const quick = target.machine.fresh.kind === 'restored';
  return {
    space: programs.space,
    draw: programs.draw,
    run: (program) => run_live(target, program),
    at_once: target.machine.vms,
    replays: REPLAYS,
    shrunk_at_most: SHRUNK_AT_MOST,
    applies: (regression) => applies(regression, target),
    listed: (regression) => expected_properties(target, regression),
    known: (property, run, regressions) =>
      known_defect(target, property, run) ?? known_regression(target, property, run, regressions),
    fixed: (run) => fixed_defects(target, run),
    canonical_text,
    same_cause: (one, other) => place_of(one) !== null && place_of(one) === place_of(other),
    one_for_all_properties: true,
    steps: ({ program, seen }) => live_steps(program, seen),
    costly: ({ answer }) => answer.death !== null || (!quick && !answer.armed && answer.steps.some(has_complained)),
    upto,
    model_breaks: (program, property) => breaks(model, target, program, property),
    milder,
  };
}

const has_complained = ({ log }: Outcome): boolean => log.length > 0;

/** The line of the kernel's source that warns where a violation shows; null if none does. A warning is one defect's. */
function place_of({ ran, found }: Broken<Run>): string | null {
  const complaint = ran.seen[found.step]?.complaint ?? '';
  return /[\w./-]+\.[ch]:\d+/.exec(complaint)?.[0] ?? null;
}

function upto(run: Run, step: number): Run {
  const steps = run.answer.steps.slice(0, step + 1);
  return {
    ...run,
    program: run.program.slice(0, step + 1),
    seen: run.seen.slice(0, step + 1),
    answer: { ...run.answer, steps },
    commands: steps.length,
  };
}

/** The ratios of direct passes that are tried instead of a pass by the clock: all pages, or half of them, rounded up. */
const RATIOS = [1, 2];

/**
 * A read instead of a write or fetch, the guest itself in another region instead of its nested guest, a direct pass
 * instead of one by the clock.
 */
function* milder(program: Program): Generator<Program> {
  const used = program.map(({ args }) => args['page']);
  const unused = program.findIndex((_, page) => !used.includes(page));
  for (const [at, { name, args }] of program.entries()) {
    const instead: Command[] = [];
    if (name === 'guest_write' || name === 'guest_exec') instead.push({ name: 'guest_read', args });
    if (ACCESSES.includes(name) && args['mmu'] === 'shadow' && unused >= 0)
      instead.push({ name, args: { ...args, mmu: 'tdp', page: unused } });
    if (name === 'wait') instead.push(...RATIOS.map((ratio) => ({ name: 'recover', args: { ratio } })));
    for (const other of instead) yield program.map((command, i) => (i === at ? other : command));
  }
}

const ACCESSES: readonly string[] = ['guest_read', 'guest_write', 'guest_exec'];

/**
 * Slot 0 is the same in the regressions' world and in that of real kernels. A command outside it means something else
 * there.
 */
function applies({ parsed }: Regression, { programs }: Target): boolean {
  const [slot] = programs.world.slots;
  if (slot?.backing !== '2m') return false;
  const inside = (page: number, from: number) => page >= from && page < from + slot.regions;
  return parsed.every(({ name, args }) => {
    const page = Number(args['page'] ?? 0);
    const known = programs.space.commands.find((one) => one.name === name);
    if (!known || !can_be_said(known, args)) return false;
    return (
      Number(args['slot'] ?? 0) === 0 &&
      args['backing'] !== '1g' &&
      (inside(page, slot.home) || inside(page, slot.away))
    );
  });
}

/**
 * On real kernels nothing is paused or exempt, and there are fewer MMUs. Whether this command can do without what is
 * unknown there.
 */
function can_be_said(known: SpaceCommand, args: Args): boolean {
  return Object.entries(args).every(([key, value]) => {
    const arg = known.args.find((one) => one.key === key);
    if (arg) return typeof value === 'number' || arg.values.includes(value);
    return value === COMMANDS.get(known.name)?.args[key]?.fallback;
  });
}
