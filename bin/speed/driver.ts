/**
 * A process that runs programs on the models of one build, whichever commit that is of, and prints how long it took. Called as
 * `driver.js DIST run VARIANT FILE WARM_UP` and `driver.js DIST draw COUNT SEED`.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

/** Processor time of all threads of the process, and time on the clock, in microseconds. */
export interface Took {
  readonly cpu: number;
  readonly wall: number;
}

/** What a run of a file of programs took. */
export interface Figures {
  /** From the start of the process until the suite is there. */
  readonly loading: Took;
  /** The first programs, and the others, in microseconds a command. */
  readonly warm_up: Took;
  readonly steady: Took;
  /** As many programs drawn, after all of that, in microseconds a command. */
  readonly drawing: Took;
  readonly commands: number;
  /** Of which programs violate what, at which command. */
  readonly verdicts: string;
}

/** What is used of a build. Names and meanings are those of every commit since the first of LAYOUTS. */
interface Program {
  readonly length: number;
}
interface Property {
  readonly name: string;
}
interface Build {
  readonly SUITE: {
    readonly commands: object;
    readonly bounds: object;
    readonly properties: ReadonlyMap<string, Property>;
    readonly goals: ReadonlyMap<string, object>;
    readonly programs: { draw(random: object): Program };
    start(variant: string): object;
  };
  run(
    session: object,
    program: Program,
    properties: readonly Property[],
    watch: object,
  ): readonly { readonly property: string; readonly step: number }[];
  parse_program(commands: object, bounds: object, texts: readonly string[]): Program;
  program_texts(commands: object, program: Program): readonly string[];
  random_of_case(seed: string, index: number): object;
  set_v8_flags(): void;
}

/** Where each name has been, the latest first. */
const PLACES: Readonly<Record<Exclude<keyof Build, 'set_v8_flags'>, readonly string[]>> = {
  SUITE: ['bin/kvm/suite.js', 'properties/suite.js'],
  run: ['harness/run/run.js', 'harness/run.js'],
  parse_program: ['harness/program/text.js', 'harness/program.js'],
  program_texts: ['harness/program/text.js', 'harness/program.js'],
  random_of_case: ['harness/generate/seed.js', 'harness/seed.js'],
};

function load(dist: string): Build {
  const from = (name: string, places: readonly string[]): unknown => {
    const place = places.map((one) => join(dist, one)).find((file) => existsSync(file));
    if (place === undefined)
      throw new Error(`${dist} has none of ${places.join(', ')}: this commit cannot be measured`);
    const thing = (require(place) as Record<string, unknown>)[name];
    if (thing === undefined) throw new Error(`${place} has no ${name}: this commit cannot be measured`);
    return thing;
  };
  const flags = join(dist, 'bin/process/v8_flags.js');
  const set_v8_flags = existsSync(flags)
    ? (from('set_v8_flags', ['bin/process/v8_flags.js']) as () => void)
    : () => former_flags(dist);
  set_v8_flags();
  const found = Object.entries(PLACES).map(([name, places]) => [name, from(name, places)]);
  return { ...(Object.fromEntries(found) as Omit<Build, 'set_v8_flags'>), set_v8_flags };
}

/** Those that the entry file of older commits has set, which cannot be loaded without being run. */
function former_flags(dist: string): void {
  const entry = readFileSync(join(dist, 'bin/kvm-nx-harness.js'), 'utf8');
  const [, list = ''] = /const FLAGS = \[([^\]]*)\]/.exec(entry) ?? [];
  for (const [, flag = ''] of list.matchAll(/'(--[^']*)'/g)) setFlagsFromString(flag);
}

const clock = () => ({ cpu: process.cpuUsage(), wall: performance.now() });

function took<T>(work: () => T): Took & { readonly result: T } {
  const before = clock();
  const result = work();
  const { user, system } = process.cpuUsage(before.cpu);
  return { cpu: user + system, wall: (performance.now() - before.wall) * 1000, result };
}

const SEED = 'bench';
/** One program a line. */
const BETWEEN = '; ';

function measure(dist: string, variant: string, file: string, first: number): Figures {
  const { SUITE, run, parse_program, random_of_case } = load(dist);
  const { user, system } = process.cpuUsage();
  const loading = { cpu: user + system, wall: performance.now() * 1000 };
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const programs = lines.map((line) => parse_program(SUITE.commands, SUITE.bounds, line.split(BETWEEN)));
  const properties = [...SUITE.properties.values()];
  const goals = new Set(SUITE.goals.values());
  const verdicts = createHash('sha256');
  const all = (some: readonly Program[]) =>
    took(() => {
      let commands = 0;
      for (const program of some) {
        for (const { property, step } of run(SUITE.start(variant), program, properties, { goals }))
          verdicts.update(`${property} ${step};`);
        verdicts.update('\n');
        commands += program.length;
      }
      return commands;
    });
  const warm_up = all(programs.slice(0, first));
  const steady = all(programs.slice(first));
  const drawing = took(() => {
    let commands = 0;
    for (let i = 0; i < lines.length; i++) commands += SUITE.programs.draw(random_of_case(SEED, i)).length;
    return commands;
  });
  const each = ({ cpu, wall, result }: Took & { result: number }): Took => ({ cpu: cpu / result, wall: wall / result });
  return {
    loading,
    warm_up: each(warm_up),
    steady: each(steady),
    drawing: each(drawing),
    commands: warm_up.result + steady.result,
    verdicts: verdicts.digest('hex').slice(0, 12),
  };
}

function draw(dist: string, count: number, seed: string): string {
  const { SUITE, program_texts, random_of_case } = load(dist);
  const lines = Array.from({ length: count }, (_, i) =>
    program_texts(SUITE.commands, SUITE.programs.draw(random_of_case(seed, i))).join(BETWEEN),
  );
  return lines.map((line) => `${line}\n`).join('');
}

function main([dist = '', what, ...rest]: readonly string[]): void {
  const [one = '', two = '', three = ''] = rest;
  process.stdout.write(
    what === 'draw'
      ? draw(dist, Number(one), two || SEED)
      : `${JSON.stringify(measure(dist, one, two, Number(three)))}\n`,
  );
}

main(process.argv.slice(2));
