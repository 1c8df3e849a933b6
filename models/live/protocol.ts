/** What is said to the agent (`agent.c`) and what it answers: lines of text. */
import { z } from 'zod';
import { CallError } from '../../harness/errors';
import type { Program } from '../../harness/program/command';
import { program_texts } from '../../harness/program/text';
import { COMMANDS } from '../catalogue/catalogue';
import type { World } from '../world/world';

/** What userspace reads (KVM_GET_STATS_FD); the faults are those of all vCPUs. */
const STAT_NAMES = [
  'nx_lpage_splits',
  'pages_4k',
  'pages_2m',
  'pages_1g',
  'remote_tlb_flush_requests',
  'pf_taken',
] as const;
export type Stats = Readonly<Record<(typeof STAT_NAMES)[number], number>>;

/** What the agent says of the kernel it runs on. */
export interface Hello {
  /** `uname -r`: 7.3.4-my-patch. */
  readonly release: string;
  /**
   * The version that it was built from: 7.3.4, or 7.3.4-fixed if it says that B30 is fixed in it. Debian's name of a
   * release does not say, but `uname -v` does.
   */
  readonly version: string;
  readonly tdp_mmu: boolean;
  /** A nested guest can be run: accesses with mmu=shadow. */
  readonly nested: boolean;
  /** KVM's parameters as they were found. */
  readonly params: string;
  /** Those that the kernel line names, by name, as the module shows them; `-` where it does not. */
  readonly asked: ReadonlyMap<string, string>;
}

/** What became of a command (or of the fresh VM): what userspace read then, or why there is nothing to read. */
export interface Outcome {
  readonly kind: 'ok' | 'cannot' | 'failed' | 'unusable';
  readonly stats: Stats | null;
  readonly why: string;
  /** The kernel's complaints until then. */
  readonly log: readonly string[];
}

/** A program's answer. */
export interface Answer {
  /** The fresh VM: nothing mapped but the stub, which is in all later counts, too. */
  readonly start: Outcome;
  /** One for each command that was reached. */
  readonly steps: readonly Outcome[];
  /** How the kernel died or fell silent meanwhile, with the end of its console; null if it did not. */
  readonly death: { readonly how: string; readonly console: readonly string[] } | null;
  /** It complained of nothing worse than what is warned of once, and will warn again: the machine can go on. */
  readonly armed?: boolean;
  /** How often each function that is watched ran, if it did. */
  readonly ran?: ReadonlyMap<string, number>;
}

/** A program in one message. */
export function message(id: number, world: World, program: Program): string {
  const slots = world.slots.map(({ home, away, regions, backing }) => {
    return `slot home=${home} away=${away} regions=${regions} backing=${backing}`;
  });
  const lines = [`program ${id}`, ...slots, `vcpus ${world.vcpus}`, ...program_texts(COMMANDS, program), 'end'];
  return `${lines.join('\n')}\n`;
}

/** `key=value key=value`. */
function words_of(text: string): Map<string, string> {
  return new Map(text.split(' ').map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]));
}

/** Words of the kernel's, and of whoever built it. */
const WORD = z.string().regex(/^[\x21-\x7e]{1,200}$/);
const HELLO = z.object({
  release: WORD,
  tdp_mmu: WORD,
  nx: WORD,
  ratio: WORD,
  period: WORD,
  nested: z.enum(['0', '1']),
});

/** Reads an agent's first words. Throws a CallError if they are none. */
export function parse_hello(line: string): Hello {
  const [first = '', uname_v = ''] = line.split(' version=');
  const words = words_of(first);
  const parsed = HELLO.safeParse(Object.fromEntries(words));
  if (!parsed.success) throw new CallError(`the agent says what is no greeting: ${JSON.stringify(line.slice(0, 100))}`);
  const { release, tdp_mmu, nx, ratio, period, nested } = parsed.data;
  const asked = [...words].flatMap(([key, value]) =>
    key.startsWith('param.') ? [[key.slice(6), value] as const] : [],
  );
  return {
    release,
    version:
      (/\bDebian (\d+\.\d+\.\d+)/.exec(uname_v) ?? /^(\d+\.\d+(?:\.\d+)?(?:-fixed)?)/.exec(release))?.[1] ?? release,
    tdp_mmu: tdp_mmu === 'Y',
    nested: nested === '1',
    params: `tdp_mmu=${tdp_mmu} nx=${nx} ratio=${ratio} period=${period}`,
    asked: new Map(asked),
  };
}

/** What an agent says of a function that it is asked to watch: `ok`, or why it cannot. */
export type Watching = ReadonlyMap<string, string>;

/** Reads what an agent says of the functions that it shall watch. Throws a CallError if it can watch none. */
export function parse_touched(line: string): Watching {
  const rest = line.slice('touched'.length).trim();
  if (rest.startsWith('!'))
    throw new CallError(
      `--touched: this kernel cannot count how often functions run: it was built without ${rest.slice(1)}`,
    );
  return words_of(rest);
}

/** Reads the lines of an answer as far as they came; `death` says why no more did. */
export function parse_answer(lines: readonly string[], death: Answer['death']): Answer {
  const outcomes: Outcome[] = [];
  const ran = new Map<string, number>();
  let armed = false;
  let log: string[] = [];
  for (const line of lines) {
    const [kind = '', rest = ''] = [line.split(' ', 1)[0], line.slice(line.indexOf(' ') + 1)];
    if (kind === 'log') {
      log.push(without_task(rest));
      continue;
    }
    if (kind === 'armed' || kind === 'ran') {
      const [name = '', times = ''] = rest.split(' ');
      if (kind === 'ran') ran.set(name, Number(times));
      else armed = true;
      continue;
    }
    if (kind === 'ok' || kind === 'start') outcomes.push(outcome_of(rest, log));
    else if (kind === 'cannot' || kind === 'failed' || kind === 'unusable') {
      outcomes.push({ kind, stats: null, why: rest, log });
    } else if (kind === 'malformed') {
      // Not the kernel's fault, nor the program's.
      outcomes.push({ kind: 'unusable', stats: null, why: `the agent understood something else: ${rest}`, log });
    } else if (kind === 'done' && log.length > 0) note_late(outcomes, log);
    log = [];
  }
  const [start = DIED_BEFORE_START, ...steps] = outcomes;
  return { start, steps, death, ...(armed ? { armed } : {}), ...(ran.size > 0 ? { ran } : {}) };
}

/** A complaint without the number of the task, which says only how many there were before. */
const without_task = (text: string): string =>
  text.replace(/\bPID: \d+/, 'PID: *').replace(/(\bCPU#\d+: .*\/)\d+/, '$1*');

const DIED_BEFORE_START: Outcome = { kind: 'unusable', stats: null, why: 'the machine died before it began', log: [] };

/** What the kernel complained of while the VM was taken down. */
function note_late(outcomes: Outcome[], log: readonly string[]): void {
  const last = outcomes.pop();
  if (last) outcomes.push({ ...last, log: [...last.log, ...log] });
}

/** Counts of a kernel's: 64 bits, of which those that mean anything here are small. Splits may be counted below nothing. */
const STATS = z.record(z.enum(STAT_NAMES), z.coerce.number().int().min(-1e15).max(1e15));

/** What was read. What is no stats is nobody's fault that could be judged. */
function outcome_of(text: string, log: readonly string[]): Outcome {
  const words = Object.fromEntries([...words_of(text)].filter(([, value]) => /^-?\d+$/.test(value)));
  const parsed = STATS.safeParse(words);
  if (parsed.success) return { kind: 'ok', stats: parsed.data, why: '', log };
  return {
    kind: 'unusable',
    stats: null,
    why: `the agent says what are no stats: ${JSON.stringify(text.slice(0, 100))}`,
    log,
  };
}
