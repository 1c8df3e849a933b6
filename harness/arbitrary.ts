import { Arbitrary, type Random, Stream, Value } from 'fast-check';
import type { ArgValue, Command, Program } from './command';
import { simpler_programs } from './shrink';
import type { SpaceArg, Space, SpaceCommand } from './space';

/** How one program is drawn: which commands how often, and which values of each kind of argument. */
interface Mix {
  readonly commands: readonly SpaceCommand[];
  /** Running totals of the weights. */
  readonly totals: readonly number[];
  readonly values: ReadonlyMap<string, readonly ArgValue[]> | null;
}

/**
 * Programs as a fast-check arbitrary: plain data, replayed by `{ seed, path }`, and shrunk without the context of
 * their generation, so that a pinned program shrinks too.
 */
export class ProgramArbitrary extends Arbitrary<Program> {
  readonly #space: Space;
  readonly #uniform: Mix;

  constructor(space: Space) {
    super();
    this.#space = space;
    this.#uniform = mix(space.commands, null);
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

  /** Half of the programs draw from everything; the other half (swarm) from a random part of it, with random weights. */
  draw(random: Random): Program {
    const chosen = random.nextInt(0, 1) === 0 ? this.#uniform : this.#swarm(random);
    const length = random.nextInt(1, this.#space.length);
    const program: Command[] = new Array(length);
    for (let i = 0; i < length; i++) program[i] = draw_command(random, chosen);
    return program;
  }

  #swarm(random: Random): Mix {
    const commands = this.#space.commands
      .filter(() => random.nextInt(0, 2) > 0)
      .map((command) => ({ ...command, weight: command.weight * random.nextInt(1, 8) }));
    const values = new Map<string, readonly ArgValue[]>();
    for (const { args } of commands) {
      for (const { kind, values: all } of args) if (!values.has(kind)) values.set(kind, some_of(random, all));
    }
    return commands.length > 0 ? mix(commands, values) : this.#uniform;
  }
}

function mix(commands: readonly SpaceCommand[], values: Mix['values']): Mix {
  let total = 0;
  const totals = commands.map(({ weight }) => {
    total += weight;
    return total;
  });
  return { commands, totals, values };
}

/** A few of the values: programs that come back to the same places are those that break books. */
function some_of(random: Random, values: readonly ArgValue[]): readonly ArgValue[] {
  const n = random.nextInt(1, Math.min(values.length, 6));
  return Array.from({ length: n }, () => pick(random, values));
}

const pick = <T>(random: Random, values: readonly T[]): T => values[random.nextInt(0, values.length - 1)] as T;

function draw_command(random: Random, { commands, totals, values }: Mix): Command {
  const at = random.nextInt(0, (totals[totals.length - 1] ?? 1) - 1);
  const { name, args: specs } = commands[totals.findIndex((total) => at < total)] as SpaceCommand;
  const args: Record<string, ArgValue> = {};
  for (const spec of specs) args[spec.key] = pick(random, values_of(values, spec));
  return { name, args };
}

const values_of = (values: Mix['values'], spec: SpaceArg) => values?.get(spec.kind) ?? spec.values;
