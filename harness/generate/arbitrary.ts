import { Arbitrary, type Random, Stream, Value } from 'fast-check';
import type { ArgValue, Command, Guide, Program } from '../program/command';
import { simpler_programs } from '../program/shrink';
import { command_at, type Space, type SpaceArg, type SpaceCommand } from '../program/space';
import { small_numbers } from './seed';
import { lots_of, type Theme } from './theme';

/** How one program is drawn: how often each command, and from which values its arguments. */
interface Mix {
  /** Each command, repeated as many times as its weight. */
  readonly lots: readonly SpaceCommand[];
  /** The commands that the guide may suggest, by name. */
  readonly by_name: ReadonlyMap<string, SpaceCommand>;
  /** Of GUIDED_OF commands, the number that take the guide's suggestion. */
  readonly guided: number;
  /** Whether arguments marked `seldom` get other values than their fallback at all. */
  readonly with_pauses: boolean;
}

/**
 * Programs as a fast-check arbitrary. They are plain data and are replayed by `{ seed, path }`. They shrink without the
 * context of their generation, so a pinned program shrinks too.
 */
export class ProgramArbitrary extends Arbitrary<Program> {
  readonly #space: Space;
  readonly #guide: (focused: boolean, with_pauses: boolean) => Guide;
  readonly #uniform: Mix;
  readonly #themes: readonly Mix[];

  constructor(space: Space, guide: (focused: boolean, with_pauses: boolean) => Guide, themes: readonly Theme[] = []) {
    super();
    this.#space = space;
    this.#guide = guide;
    this.#uniform = uniform(space.commands);
    this.#themes = themes.map((theme) => ({ ...this.#uniform, lots: lots_of(space, theme), guided: GUIDED_OF / 2 }));
  }

  override generate(random: Random): Value<Program> {
    return new Value(this.draw(random), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Program {
    return Array.isArray(value);
  }

  override shrink(program: Program): Stream<Value<Program>> {
    return new Stream(simpler_programs(this.#space, program)).map((simpler) => new Value(simpler, undefined));
  }

  /**
   * Draws a program. One half of the programs draws from all commands and values. The other half (swarm testing) draws
   * from a random subset, mostly in one place. One in THEMED of either is about a theme, if there are themes.
   */
  draw(random: Random): Program {
    const theme = this.#theme(random);
    const length = this.length(random);
    const drawn = random.nextInt(0, 1) === 0 ? this.#uniform : this.#swarm(random);
    const mix = theme ?? drawn;
    const chosen = { ...mix, with_pauses: random.nextInt(0, 1) === 0 };
    const program: Command[] = [];
    const take = small_numbers(random);
    const guide = this.#guide(chosen.guided === GUIDED, chosen.with_pauses);
    for (let i = 0; i < length; i++) {
      const command = draw_command(take, chosen, guide);
      guide.after(command);
      program.push(command);
    }
    return program;
  }

  /** The length of the program drawn from this source; this is the first draw. Short programs come from shrinking. */
  length(random: Random): number {
    return random.nextInt(Math.ceil((this.#space.length * 2) / 3), this.#space.length);
  }

  /** Drawn from a copy of the source, further on: programs without a theme are as if there were none. */
  #theme(random: Random): Mix | undefined {
    if (this.#themes.length === 0) return undefined;
    const ahead = random.clone();
    for (let i = 0; i < AHEAD; i++) ahead.nextInt(0, 1);
    return this.#themes[ahead.nextInt(0, THEMED * this.#themes.length - 1)];
  }

  /** A few kinds of command, and a few values for each kind of argument. */
  #swarm(random: Random): Mix {
    const values = new Map<string, readonly ArgValue[]>();
    const lots: SpaceCommand[] = [];
    const by_name = new Map(this.#uniform.by_name);
    for (let kinds = random.nextInt(2, SWARM_KINDS); kinds > 0; kinds--) {
      const command = narrowed(random, pick(random, this.#uniform.lots), values);
      for (let weight = random.nextInt(1, 4); weight > 0; weight--) lots.push(command);
      by_name.set(command.name, command);
    }
    return { lots, by_name, guided: random.nextInt(0, 7) === 0 ? 0 : GUIDED, with_pauses: false };
  }
}

/** The command with a few values for each kind of argument: the same values for all commands of the program. */
function narrowed(random: Random, command: SpaceCommand, values: Map<string, readonly ArgValue[]>): SpaceCommand {
  const args = command.args.map((arg) => {
    if (arg.seldom) return arg;
    const few = values.get(arg.kind) ?? some_of(random, arg.values);
    values.set(arg.kind, few);
    return { ...arg, values: few, digits: few.map((value) => arg.digit_of.get(value) as number) };
  });
  return { ...command, args };
}

/** One program in THEMED has a theme. */
const THEMED = 5;
/** So many draws ahead, the source is used for one command among many. */
const AHEAD = 16;

/** The largest number of draws of a kind of command for a swarm program. A frequent kind may be drawn repeatedly. */
const SWARM_KINDS = 7;
/** The largest number of values of one kind of argument in a swarm program. */
const SWARM_VALUES = 4;

/** GUIDED of GUIDED_OF commands take the guide's suggestion, if it has one. */
const GUIDED = 7;
const GUIDED_OF = 8;

function uniform(commands: readonly SpaceCommand[]): Mix {
  const lots: SpaceCommand[] = [];
  for (const command of commands) for (let i = 0; i < command.weight; i++) lots.push(command);
  return {
    lots,
    by_name: new Map(commands.map((command) => [command.name, command])),
    guided: GUIDED_OF / 2,
    with_pauses: false,
  };
}

/** A few of the values. Programs that return to the same places are the ones that damage lists. */
function some_of(random: Random, values: readonly ArgValue[]): readonly ArgValue[] {
  const n = random.nextInt(1, Math.min(values.length, SWARM_VALUES));
  return Array.from({ length: n }, () => pick(random, values));
}

const pick = <T>(random: Random, values: readonly T[]): T => values[random.nextInt(0, values.length - 1)] as T;

/** One of SELDOM commands gets such an argument, in the programs that have them at all. */
const SELDOM = 4;

/** For an argument marked `seldom`: the guide's value, or else now and then a random one. */
function draw_seldom(
  take: (n: number) => number,
  digits: readonly number[],
  digit_of: ReadonlyMap<ArgValue, number>,
  guided: ArgValue | undefined,
): number {
  if (guided !== undefined) return digit_of.get(guided) ?? 0;
  return take(SELDOM) === 0 ? (digits[take(digits.length)] as number) : 0;
}

function draw_command(take: (n: number) => number, { lots, by_name, guided, with_pauses }: Mix, guide: Guide): Command {
  const suggested_name = guide.command(take);
  const suggested = suggested_name !== undefined && take(GUIDED_OF) < guided ? by_name.get(suggested_name) : undefined;
  const kind = suggested ?? (lots[take(lots.length)] as SpaceCommand);
  let number = 0;
  const { args } = kind;
  for (let i = 0; i < args.length; i++) {
    const { key, digits, digit_of, base, seldom } = args[i] as SpaceArg;
    number *= base;
    if (seldom) {
      if (with_pauses) number += draw_seldom(take, digits, digit_of, suggested && guide.value(kind.name, key));
      continue;
    }
    const value = suggested || take(2) === 0 ? guide.value(kind.name, key) : undefined;
    const digit = value === undefined ? undefined : digit_of.get(value);
    number += digit ?? (digits[take(digits.length)] as number);
  }
  return command_at(kind, number);
}
