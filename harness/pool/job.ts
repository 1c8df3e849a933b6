/** The jobs that threads do for a campaign. Input and output are plain data. */

import { type Counterexample, certify, comes_again, type Proof, shrink } from '../certify/certify';
import { listed, steps_of, steps_with_purposes } from '../certify/steps';
import { type Expanded, expand, type Over, type Part, space_of } from '../explore/part';
import type { Program } from '../program/command';
import { in_shape } from '../program/text';
import { type Pictured, pictured } from '../run/noted';
import { run } from '../run/run';
import type { Found } from '../run/session';
import { run_shard, type Seen, type Shard, type ShardResult } from '../run/shard';
import { type Shown, show } from '../run/shown';
import type { Step } from '../run/step';
import type { OwnInfo, Suite } from '../suite';
import { words_of_thrown } from '../user_code/thrown';
import { at_path, at_program, type Heartbeat } from './heartbeat';

export type Job =
  | { readonly kind: 'shard'; readonly shard: Shard }
  | {
      readonly kind: 'certify';
      readonly variant: string;
      /** By property, a program that violates it. */
      readonly known: Readonly<Record<string, Program>>;
      /**
       * The violation of the single program in `known`, which is shrunk already and must not be run again. Null if
       * `known` must be shrunk.
       */
      readonly seen: Found | null;
      readonly transitions: number;
    }
  | { readonly kind: 'expand'; readonly part: Part }
  /** The key of the state that a search begins with. */
  | { readonly kind: 'begin'; readonly over: Over }
  /** What the user's own implementation is. */
  | { readonly kind: 'own' }
  /** Whether these break again, each time as they did. */
  | { readonly kind: 'again'; readonly variant: string; readonly found: readonly Omit<Proof, 'certificate'>[] }
  /** A rule of the user's own implementation, by its index in `Suite.rules`. */
  | { readonly kind: 'rule'; readonly index: number }
  /** What it shows of itself after each command, and what it breaks. */
  | { readonly kind: 'show'; readonly variant: string; readonly program: Program }
  /** What a page draws of the machine after each command, and what the program breaks. */
  | { readonly kind: 'pictures'; readonly variant: string; readonly program: Program }
  | { readonly kind: 'run'; readonly variant: string; readonly program: Program }
  | {
      readonly kind: 'steps';
      readonly variant: string;
      readonly program: Program;
      /** The property for which the steps say what each command is for. Null: the steps have the counters only. */
      readonly property: string | null;
    };

export interface Answers {
  readonly shard: Record<string, ShardResult>;
  readonly certify: Counterexample[];
  readonly expand: Expanded;
  readonly again: boolean;
  readonly begin: number | null;
  readonly own: OwnInfo | null;
  /** The first breach of each property. */
  readonly run: Found[];
  readonly show: Shown;
  readonly pictures: Pictured;
  /** What is seen instead of what must be; null where the rule is kept. */
  readonly rule: string | null;
  readonly steps: Step[];
}
export type Answer<J extends Job> = Answers[J['kind']];

/** Does a job in this thread. `now` is a clock in milliseconds since 1970; `tell` hears at once of what a shard violates. */
export function do_job<View>(
  suite: Suite<View>,
  job: Job,
  now: () => number,
  heartbeat?: Heartbeat,
  tell?: (seen: Seen) => void,
): Answers[Job['kind']] {
  switch (job.kind) {
    case 'shard':
      return run_shard(suite, job.shard, now, heartbeat, tell);
    case 'expand':
      return expand(suite, job.part, heartbeat);
    case 'begin': {
      const space = space_of(suite, job.over);
      return space.fingerprint(space.start().view);
    }
    case 'own':
      return suite.own;
    case 'again':
      if (heartbeat) at_program(heartbeat);
      return job.found.every((one) => comes_again(suite, job.variant, { ...one, program: own(suite, one.program) }));
    case 'run':
      if (heartbeat) at_program(heartbeat);
      return run(suite.start(job.variant), own(suite, job.program), [...suite.properties.values()], { heartbeat });
    case 'rule':
      if (heartbeat) at_program(heartbeat);
      return broken_rule(suite, job.index);
    case 'show':
      if (heartbeat) at_program(heartbeat);
      return show(suite, job.variant, own(suite, job.program), [...suite.properties.values()], heartbeat);
    case 'pictures':
      if (heartbeat) at_program(heartbeat);
      return pictured(suite, job.variant, own(suite, job.program), heartbeat);
    case 'steps':
      if (heartbeat) at_program(heartbeat);
      return steps(suite, job.variant, own(suite, job.program), job.property, heartbeat);
    case 'certify': {
      const { variant, transitions, seen } = job;
      const known: Record<string, Program> = {};
      for (const [property, sent] of Object.entries(job.known)) {
        const program = own(suite, sent);
        known[property] = seen ? program : shrink(suite, variant, property, program, heartbeat);
      }
      const stopped = () => heartbeat !== undefined && heartbeat.stop[0] !== 0;
      const about_to_run = (path: readonly number[], command: number) => heartbeat && at_path(heartbeat, path, command);
      const proofs = certify(suite, variant, known, { transitions, stopped, about_to_run }, seen);
      if (heartbeat) at_program(heartbeat);
      return proofs.map((one) => told(suite, variant, one, seen === null, heartbeat));
    }
  }
}

/**
 * Adds the steps. What each command is for is found by leaving it out. Where programs may hang, a program without one
 * command may hang too, so `purposes` is false there.
 */
function told<View>(
  suite: Suite<View>,
  variant: string,
  proof: Proof,
  purposes: boolean,
  heartbeat: Heartbeat | undefined,
): Counterexample {
  const { program, found } = proof;
  if (found.hung) return { ...proof, steps: listed(suite, program) };
  return {
    ...proof,
    steps: purposes
      ? steps_with_purposes(suite, variant, program, found, heartbeat)
      : steps_of(suite, variant, program, [found], heartbeat),
  };
}

/** The steps of a program whose violations are not known yet. */
function steps<View>(
  suite: Suite<View>,
  variant: string,
  program: Program,
  property: string | null,
  heartbeat: Heartbeat | undefined,
): Step[] {
  const properties = [...suite.properties.values()].filter(({ name }) => property === null || name === property);
  const found = run(suite.start(variant), program, properties, { heartbeat });
  const [first] = property === null ? [] : found;
  return first
    ? steps_with_purposes(suite, variant, program, first, heartbeat)
    : steps_of(suite, variant, program, found, heartbeat);
}

/** Copies a program that another thread sent into the shape of this thread's commands. */
const own = <View>({ commands }: Suite<View>, program: Program): Program =>
  program.map((command) => in_shape(commands, command));

/** What a rule sees instead of what must be, or null. An error that the implementation throws is seen, too. */
function broken_rule<View>({ rules }: Suite<View>, index: number): string | null {
  try {
    return rules()[index]?.broken() ?? null;
  } catch (error) {
    return words_of_thrown(error);
  }
}
