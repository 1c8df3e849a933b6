import { type ArgValue, type Command, type Program, pauses_in, unpaused } from './command';
import { args_of, type Space } from './space';
import { at_once, type Work } from './work';

/** Programs up to this length also lose each pair of commands, because a command and its reversal often go together. */
const PAIRS_UP_TO = 24;

/**
 * Simpler programs than this one, most promising first: without pauses, then shorter ones, then those with simpler
 * arguments. A program without pauses is simpler than one with pauses, whatever its length: a longer program may need
 * no pause where a shorter one does.
 */
export function* simpler_programs(space: Space, program: Program): Generator<Program> {
  if (pauses_in(program) > 0) yield program.map(unpaused);
  yield* without_chunks(program);
  if (program.length <= PAIRS_UP_TO) yield* without_pairs(program);
  yield* with_simpler_values(space, program);
  yield* with_simpler_arguments(space, program);
}

function* without_chunks(program: Program): Generator<Program> {
  for (let size = Math.ceil(program.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let end = program.length; end > 0; end -= size) {
      yield program.filter((_, i) => i < end - size || i >= end);
    }
  }
}

function* without_pairs(program: Program): Generator<Program> {
  for (let a = 0; a < program.length; a++) {
    for (let b = a + 1; b < program.length; b++) yield program.filter((_, i) => i !== a && i !== b);
  }
}

/**
 * Changes all arguments of one kind and value together. If page 7 became page 0 in one command only, the program would
 * mean something else.
 */
function* with_simpler_values(space: Space, program: Program): Generator<Program> {
  const tried = new Set<string>();
  for (const command of program) {
    for (const { key, kind, values } of args_of(space, command)) {
      const value = command.args[key];
      if (value === undefined || tried.has(`${kind}=${value}`)) continue;
      tried.add(`${kind}=${value}`);
      for (const simpler of simpler_than(values, value)) {
        yield program.map((other) => replaced(space, other, kind, value, simpler));
      }
    }
  }
}

function replaced(space: Space, command: Command, kind: string, from: ArgValue, to: ArgValue): Command {
  const args = { ...command.args };
  for (const { key, kind: of } of args_of(space, command)) if (of === kind && args[key] === from) args[key] = to;
  return { name: command.name, args };
}

function* with_simpler_arguments(space: Space, program: Program): Generator<Program> {
  for (const [at, command] of program.entries()) {
    for (const { key, values } of args_of(space, command)) {
      for (const simpler of simpler_than(values, command.args[key])) {
        const args = { ...command.args, [key]: simpler };
        yield program.map((other, i) => (i === at ? { name: other.name, args } : other));
      }
    }
  }
}

/** The values listed before this one; all values if this one is not listed. */
function simpler_than(values: readonly ArgValue[], value: ArgValue | undefined): readonly ArgValue[] {
  const at = values.indexOf(value as ArgValue);
  return at < 0 ? values : values.slice(0, at);
}

/** Moves to the first simpler program that fails, until none fails. Yields programs and is sent whether each fails. */
export function* shrinking(space: Space, program: Program): Work<boolean, Program> {
  let smallest = program;
  for (let found = true; found; ) {
    found = false;
    for (const simpler of simpler_programs(space, smallest)) {
      if (!(yield simpler)) continue;
      smallest = simpler;
      found = true;
      break;
    }
  }
  return smallest;
}

/** Shrinks until nothing more can be left out or simplified in one step. `fails` says whether a program still fails. */
export const shrink_program = (space: Space, program: Program, fails: (program: Program) => boolean): Program =>
  at_once(shrinking(space, program), fails);
