/** Programs as texts, run on the models: verdicts and frames. The same functions in a page and in Node. */
import type { Program } from '../../harness/program/command';
import { command_text, parse_command, WrongCommand } from '../../harness/program/text';
import { noted } from '../../harness/run/noted';
import { run } from '../../harness/run/run';
import type { Found } from '../../harness/run/session';
import { bounds_of, COMMANDS, VARIANTS } from '../../models/catalogue/catalogue';
import type { Variant } from '../../models/catalogue/variant';
import { type Frame, frame_of } from '../../models/lockstep/frames';
import { start_session } from '../../models/lockstep/session';
import { GIANT_WORLD, LIVE_WORLD, SMALL_WORLD, type World } from '../../models/world/world';
import { CLAIMS } from '../../properties/claims';
import type { Broken, Run, WorldName } from './data';

export const WORLDS: Readonly<Record<WorldName, World>> = { small: SMALL_WORLD, live: LIVE_WORLD, giant: GIANT_WORLD };
const PROPERTIES = [...CLAIMS.values()];

/** A line of a text that is no command. */
export interface Wrong {
  /** From 0. */
  readonly line: number;
  /** Where the wrong word begins and ends in the line. */
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

/** A text of commands, one a line; empty lines and those that begin with `#` are none. */
export function parse_text(
  text: string,
  world: WorldName = 'small',
): { readonly program: Program; readonly wrong: readonly Wrong[] } {
  const bounds = bounds_of(WORLDS[world]);
  const program = [];
  const wrong: Wrong[] = [];
  for (const [line, whole] of text.split('\n').entries()) {
    const command = whole.trim();
    if (command === '' || command.startsWith('#')) continue;
    try {
      program.push(parse_command(COMMANDS, bounds, command));
    } catch (error) {
      if (!(error instanceof WrongCommand)) throw error;
      wrong.push({ line, ...place_of_word(whole, error.word), message: without_line(error.message, command) });
    }
  }
  return { program, wrong };
}

/** The message names the line first where it is about a part of it; a reader sees the line. */
const without_line = (message: string, line: string): string =>
  message.startsWith(`"${line}": `) ? message.slice(line.length + 4) : message;

/** Where a word of the line is, by its number; the whole command for none. */
function place_of_word(line: string, nth: number | null): { readonly from: number; readonly to: number } {
  const words = [...line.matchAll(/\S+/g)].map(({ 0: word, index }) => ({ from: index, to: index + word.length }));
  const all = { from: words[0]?.from ?? 0, to: words.at(-1)?.to ?? line.length };
  return nth === null ? all : (words[nth] ?? all);
}

const broken_of = ({ property, step, breach, at_end }: Found): Broken => ({
  property,
  claim: CLAIMS.get(property)?.claim ?? '',
  step,
  got: breach.got,
  want: breach.want,
  at_end: at_end === true,
});

/** Runs a program to its end. */
export function run_program(variant: Variant, program: Program, world: WorldName = 'small'): Run {
  const frames: Frame[] = [];
  const session = start_session(variant, WORLDS[world]);
  // A VM that has run maps something before the program begins.
  const before = [...session.view.kvm.stat.pages];
  const watched = noted(session, (view) => {
    const frame = frame_of(view, (command) => command_text(COMMANDS, command));
    const { implementation, reference } = frame.pages;
    const pages = { implementation: implementation.map((n, i) => n - (before[i] ?? 0)), reference };
    frames.push({ ...frame, pages });
  });
  const found = run(watched, program, PROPERTIES, { to_the_end: true });
  const texts = program.map((command) => command_text(COMMANDS, command));
  return { variant: variant.name, program: texts, broken: found.map(broken_of), frames };
}

/** Whether the property still breaks without each command: what the command is for. */
export function purposes(variant: Variant, program: Program, property: string): string[] {
  const claim = CLAIMS.get(property);
  if (!claim) return [];
  return program.map((_, left_out) => {
    const rest = program.filter((_, i) => i !== left_out);
    const [found] = run(start_session(variant, SMALL_WORLD), rest, [claim]);
    return found ? 'still breaks without it' : 'needed: without it the claim holds';
  });
}

/** As the command line says it: `PROPERTY at command N, …`, or nothing. */
export const verdict_text = (broken: readonly Broken[]): string =>
  broken.map(({ property, step }) => `${property} at command ${step + 1}`).join(', ');

export const variant_named = (name: string): Variant | undefined => VARIANTS.get(name);
export const variant_names = (): string[] => [...VARIANTS.keys()];
