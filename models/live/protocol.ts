/** The messages to the agent (`agent/main.c` describes them) and its answers: lines of text. */
import { z } from 'zod';
import { CallError } from '../../harness/errors';
import type { Program } from '../../harness/program/command';
import { program_texts } from '../../harness/program/text';
import { COMMANDS } from '../catalogue/catalogue';
import type { World } from '../world/world';

/** What userspace reads (KVM_GET_STATS_FD). The faults are those of all vCPUs. */
const STAT_NAMES = [
  'nx_lpage_splits',
  'pages_4k',
  'pages_2m',
  'pages_1g',
  'remote_tlb_flush_requests',
  'pf_taken',
] as const;
export type Stats = Readonly<Record<(typeof STAT_NAMES)[number], number>>;

/** What the agent reports about its kernel. */
export interface Hello {
  /** `uname -r`: 7.3.4-my-patch. */
  readonly release: string;
  /**
   * The version of its source: 7.3.4, or 7.3.4-fixed if it reports that B30 is fixed. For Debian, `uname -r` does not
   * contain it, but `uname -v` does.
   */
  readonly version: string;
  readonly tdp_mmu: boolean;
  /** A nested guest can be run: accesses with mmu=shadow. */
  readonly nested: boolean;
  /** KVM's parameters before the agent changed any. */
  readonly params: string;
  /** The parameters named on the kernel command line, with their values from sysfs; `-` where there is none. */
  readonly asked: ReadonlyMap<string, string>;
}

/** The result of a command (or of the fresh VM): what userspace read after it, or why nothing could be read. */
export interface Outcome {
  readonly kind: 'ok' | 'cannot' | 'failed' | 'unusable';
  readonly stats: Stats | null;
  readonly why: string;
  /** The kernel's complaints up to then. */
  readonly log: readonly string[];
}

/** The answer to a program. */
export interface Answer {
  /** The fresh VM: only the stub is mapped, which is included in all later counts. */
  readonly start: Outcome;
  /** One for each command that was reached. */
  readonly steps: readonly Outcome[];
  /** How the kernel died or stopped answering, with the end of its console; null if it did not. */
  readonly death: { readonly how: string; readonly console: readonly string[] } | null;
  /**
   * The kernel complained only of things that it warns of once, and has been reset to warn again: the machine can
   * continue.
   */
  readonly armed?: boolean;
  /** How often each watched function ran, if it ran. */
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

/** A word from the kernel, or from whoever built it. */
const WORD = z.string().regex(/^[\x21-\x7e]{1,200}$/);
const HELLO = z.object({
  release: WORD,
  tdp_mmu: WORD,
  nx: WORD,
  ratio: WORD,
  period: WORD,
  nested: z.enum(['0', '1']),
});

/** Reads an agent's greeting. Throws a CallError if it is none. */
export function parse_hello(line: string): Hello {
  const [first = '', uname_v = ''] = line.split(' version=');
  const words = words_of(first);
  const parsed = HELLO.safeParse(Object.fromEntries(words));
  if (!parsed.success)
    throw new CallError(`the agent sent a malformed greeting: ${JSON.stringify(line.slice(0, 100))}`);
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

/** What an agent answers for each function that it is asked to watch: `ok`, or why it cannot. */
export type Watching = ReadonlyMap<string, string>;

/** Reads an agent's answer about the functions to watch. Throws a CallError if it can watch none. */
export function parse_touched(line: string): Watching {
  const rest = line.slice('touched'.length).trim();
  if (rest.startsWith('!'))
    throw new CallError(
      `--touched: this kernel cannot count how often functions run: it was built without ${rest.slice(1)}`,
    );
  return words_of(rest);
}

/** Reads the received lines of an answer. `death` says why there are no more. */
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
      // Neither the kernel nor the program is at fault.
      outcomes.push({ kind: 'unusable', stats: null, why: `the agent has parsed another program: ${rest}`, log });
    } else if (kind === 'done' && log.length > 0) note_late(outcomes, log);
    log = [];
  }
  const [start = DIED_BEFORE_START, ...steps] = outcomes;
  return { start, steps, death, ...(armed ? { armed } : {}), ...(ran.size > 0 ? { ran } : {}) };
}

/** A complaint without the task's number, which says only how many tasks there were before. */
const without_task = (text: string): string =>
  text.replace(/\bPID: \d+/, 'PID: *').replace(/(\bCPU#\d+: .*\/)\d+/, '$1*');

const DIED_BEFORE_START: Outcome = { kind: 'unusable', stats: null, why: 'the machine died before it began', log: [] };

/** Adds the kernel's complaints during the destruction of the VM. */
function note_late(outcomes: Outcome[], log: readonly string[]): void {
  const last = outcomes.pop();
  if (last) outcomes.push({ ...last, log: [...last.log, ...log] });
}

/** Counts from a kernel: 64 bits, but every meaningful count is small. The count of splits may be below zero. */
const STATS = z.record(z.enum(STAT_NAMES), z.coerce.number().int().min(-1e15).max(1e15));

/** What was read. If these are not valid statistics, neither the kernel nor the program is judged. */
function outcome_of(text: string, log: readonly string[]): Outcome {
  const words = Object.fromEntries([...words_of(text)].filter(([, value]) => /^-?\d+$/.test(value)));
  const parsed = STATS.safeParse(words);
  if (parsed.success) return { kind: 'ok', stats: parsed.data, why: '', log };
  return {
    kind: 'unusable',
    stats: null,
    why: `the agent sent malformed stats: ${JSON.stringify(text.slice(0, 100))}`,
    log,
  };
}
