/** What reads texts of others, each with texts that are nearly right. In this process: the command line, too. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../bin/kvm/main';
import { SUITE } from '../../bin/kvm/suite';
import { CallError } from '../../harness/errors';
import { read_program_file } from '../../harness/program/file';
import { parse_program } from '../../harness/program/text';
import { read_regression, regressions_in } from '../../harness/regression/regression';
import { bounds_of, COMMANDS, VARIANTS } from '../../models/catalogue/catalogue';
import { model_machine } from '../../models/live/model_machine';
import { parse_answer, parse_hello } from '../../models/live/protocol';
import { run_live, target_of } from '../../models/live/target';
import { recorded_files } from '../../models/observed/conform';
import { read_trace } from '../../models/observed/traces';
import { LIVE_WORLD } from '../../models/world/world';
import { LIVE_CLAIMS } from '../../properties/claims';
import { type Changes, data_changed, text_changed } from './mutate';

/** How far an input came: not past the first parser (JSON, the words of a line); past it and no further; all the way. */
export type Came = 'unread' | 'read' | 'taken';

export interface Target {
  readonly name: string;
  /** The input that these changes make. */
  input(changes: Changes): string;
  /** `nth`: the number of the input, of which some are put to the slower tests. Throws whatever must not be thrown. */
  run(input: string, nth: number): Came | Promise<Came>;
}

const WORDS = [
  ...[...VARIANTS.keys()].slice(0, 12),
  ...COMMANDS.keys(),
  ...[...SUITE.properties.keys()].slice(0, 8),
  ...[
    'mmu=tdp',
    'mmu=shadow',
    'page=0',
    'page=31',
    'offset=3',
    'ratio=1',
    'pause=1',
    'slot=0',
    'on=1',
    'v6.18:0',
    'main:1',
  ],
];

const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** The same file again and again: what reads it is what is tried. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What a refusal may be: a line that says something, and not too much. */
export function refused(error: unknown): void {
  if (!(error instanceof CallError)) throw error;
  const { message } = error;
  if (message.length === 0 || message.length > 8000 || /\n\s+at /.test(message)) throw new Error(`no line: ${message}`);
}

const CODES = [0, 1, 2, 130];

/** A whole call, of which the end is asked for as it begins: an exit code that is documented, lines, no stack. */
async function call(argv: readonly string[]): Promise<number> {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const terminal = { out: say, err: say, progress: say, now: () => 0, env: {}, signal: AbortSignal.abort() };
  const code = await main(argv, terminal);
  if (!CODES.includes(code)) throw new Error(`exit code ${code}: ${lines.join(' | ')}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
  const bad = lines.find((line) => /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]|^\s+at .*:\d+:\d+/.test(line));
  if (bad !== undefined) throw new Error(`printed: ${JSON.stringify(bad)}`);
  if (code === 2 && lines.length === 0) throw new Error('exit code 2 without a word');
  return code;
}

const is_json = (text: string): boolean => {
  try {
    JSON.parse(text.replace(/^\ufeff/, ''));
    return true;
  } catch {
    return false;
  }
};

/** The JSON of one of these texts, with parts of it changed. */
function json_of(texts: readonly string[], { base, structure, text }: Changes): string {
  let data: unknown = JSON.parse(texts[base % texts.length] as string);
  for (const one of structure) data = data_changed(data, one, WORDS);
  const json = JSON.stringify(data) ?? '';
  return text ? text_changed(json, text, WORDS) : json;
}

const FIXTURES = regressions_in(SUITE).map((path) => readFileSync(path, 'utf8'));

const fixtures: Target = {
  name: 'fixtures',
  input: (changes) => json_of(FIXTURES, changes),
  async run(input, nth) {
    try {
      read_regression(SUITE, 'fixture.json', input);
    } catch (error) {
      refused(error);
      if (nth % 200 === 0) await call(['replay', file('fixture.json', input)]);
      return is_json(input) ? 'read' : 'unread';
    }
    if (nth % 50 === 0) await call(['replay', file('fixture.json', input)]);
    return 'taken';
  },
};

/** The first commands of some recordings, so that they can be replayed in no time. */
const RECORDINGS = recorded_files()
  .filter((path) => !path.includes('giant'))
  .map((path) => {
    const trace = JSON.parse(readFileSync(path, 'utf8').split('\n', 1)[0] as string);
    return JSON.stringify({ ...trace, program: trace.program.slice(0, 6), observed: trace.observed.slice(0, 6) });
  });

const recordings: Target = {
  name: 'recordings',
  input: (changes) => json_of(RECORDINGS, changes),
  async run(input, nth) {
    const line = input.replace(/^\ufeff/, '');
    try {
      read_trace('recording.jsonl:1', line);
    } catch (error) {
      refused(error);
      if (nth % 200 === 0) await call(['conform', file('recording.jsonl', input)]);
      return is_json(line) ? 'read' : 'unread';
    }
    if (nth % 20 === 0) await call(['conform', file('recording.jsonl', input)]);
    return 'taken';
  },
};

const PROGRAMS = FIXTURES.map((text) => (JSON.parse(text).program as string[]).join('\n'));

const programs: Target = {
  name: 'programs',
  input: ({ base, structure, text }) => {
    let lines = (PROGRAMS[base % PROGRAMS.length] as string).split('\n');
    for (const one of structure) {
      const at = one.at % lines.length;
      lines = lines.toSpliced(at, 1, text_changed(lines[at] as string, { ...one, at: one.with }, WORDS));
    }
    return text ? text_changed(lines.join('\n'), text, WORDS) : lines.join('\n');
  },
  async run(input, nth) {
    try {
      read_program_file(COMMANDS, SUITE.bounds, 'program.txt', input);
    } catch (error) {
      refused(error);
      if (nth % 200 === 0) await call(['replay', file('program.txt', input), '--variant', 'v6.18']);
      return [...COMMANDS.keys()].includes(input.trim().split(/\s/)[0] as string) ? 'read' : 'unread';
    }
    if (nth % 50 === 0) await call(['replay', file('program.txt', input), '--variant', 'v6.18']);
    return 'taken';
  },
};

/** Calls that are right, and end at once; none boots a kernel. A word of a program or fixture stands for a file of it. */
const CALLS: readonly (readonly string[])[] = [
  ['list', '--json'],
  ['list', '--ops'],
  ['list', '--schema'],
  [
    'explore',
    'v6.18',
    '--depth',
    '1',
    '--pauses',
    '0',
    '--commands',
    'core',
    '--states',
    '9',
    '--no-symmetry',
    '--json',
  ],
  [
    'shrink',
    'main:0',
    '--variant',
    'V1',
    '--property',
    'to-zap-nonzero-when-splits-exist',
    '--transitions',
    '9',
    '--json',
  ],
  ['matrix', 'V1', '--seeds', '1', '--cases', '1', '--certify', 'none', '--json'],
  ['replay', 'main:0', '--variant', 'v6.18'],
  ['replay', 'nobody-to-wake', '--variant', 'B24'],
  ['conform', join(folder, 'nothing.jsonl'), '--variant', 'v6.18', '--json'],
  [
    'live',
    '--kernel',
    '/none',
    '--seed',
    's',
    '--cases',
    '3',
    '--params',
    'a=1',
    '--save',
    './x/y',
    '--contract',
    'v6.18',
  ],
  ['live', '--program', 'main:0', '--kernel', '/none', '--giant', '--modules', '/none', '--json'],
  ['check', '--seed', 's', '--cases', '0', '--implementation', '/none.ts', '--transitions', '9', '--json'],
];
const FLAGS = [
  '--json',
  '--seed',
  '--cases',
  '--time',
  '--variant',
  '--depth',
  '--help',
  '--nope',
  '--',
  '-1',
  '--seed=',
  '--cases=1',
];

const calls: Target = {
  name: 'calls',
  input: ({ base, structure }) => {
    let words = [...(CALLS[base % CALLS.length] as readonly string[])];
    for (const one of structure) {
      const at = one.at % (words.length + 1);
      const word = [WORDS, FLAGS, [words[one.with % words.length] ?? ''], [one.text]][one.how % 4] as string[];
      if (one.how % 5 === 0) words = words.toSpliced(at, 1);
      else if (one.how % 5 === 1) words = words.toSpliced(at, 0, word[one.with % word.length] as string);
      else if (one.how % 5 === 2) words = words.toSpliced(at, 1, text_changed(words[at] ?? '', one, WORDS));
      else words = words.toSpliced(at, 1, word[one.with % word.length] as string);
    }
    return JSON.stringify(words);
  },
  async run(input) {
    const words = JSON.parse(input) as string[];
    // What takes its time, or changes this machine, is not tried: a check or a matrix of everything, kernels, this host.
    const [name = '', ...rest] = words;
    const wide =
      ['', 'check', 'matrix', 'explore'].includes(name) && !rest.includes('V1') && !rest.includes('/none.ts');
    const boots = rest.some((word) => /^(--kernel=)?debian:|host$/.test(word));
    const saves =
      rest.some((word) => word.startsWith('--save') || word.startsWith('--record')) && !rest.includes('/none');
    if (wide || boots || saves || (name === 'check' && !rest.includes('/none.ts'))) return 'unread';
    const code = await call(words);
    return code === 2 ? (name in COMMANDS_OF_THE_LINE ? 'read' : 'unread') : 'taken';
  },
};
const COMMANDS_OF_THE_LINE = Object.fromEntries(CALLS.map(([name]) => [name, true]));

const HELLO =
  'release=7.3.4-mine tdp_mmu=Y nx=Y ratio=60 period=0 nested=1 param.tdp_mmu=Y version=#1 SMP Debian 7.3.4-1';
const STATS = 'nx_lpage_splits=1 pages_4k=2 pages_2m=3 pages_1g=4 remote_tlb_flush_requests=5 pf_taken=6';
const ANSWER = [
  `start ${STATS}`,
  `ok ${STATS}`,
  'log WARNING: here',
  `ok ${STATS}`,
  'cannot no nested guest',
  `ok ${STATS}`,
  'done 1',
];
const ASKED = parse_program(COMMANDS, bounds_of(LIVE_WORLD), [
  'guest_exec mmu=tdp page=0 offset=0',
  'recover ratio=1',
  'guest_exec mmu=shadow page=0 offset=0',
  'recover ratio=2',
]);

const answers: Target = {
  name: 'answers',
  input: ({ structure, text }) => {
    let lines = [HELLO, ...ANSWER];
    for (const one of structure) {
      const at = one.at % lines.length;
      if (one.how < 10) lines = lines.toSpliced(at, 1);
      else if (one.how < 20) lines = lines.toSpliced(at, 0, lines[one.with % lines.length] as string);
      else
        lines = lines.toSpliced(
          at,
          1,
          text_changed(lines[at] as string, { ...one, at: one.with }, ['log x', 'ok', '=', 'version=']),
        );
    }
    return text ? text_changed(lines.join('\n'), text, ['\n', 'ok ', 'pf_taken=']) : lines.join('\n');
  },
  async run(input) {
    const [first = '', ...lines] = input.split('\n');
    let hello: ReturnType<typeof parse_hello>;
    try {
      hello = parse_hello(first);
    } catch (error) {
      refused(error);
      return 'unread';
    }
    const death = lines.includes('done 1') ? null : { how: 'it went down', console: [] };
    const answer = parse_answer(lines, death);
    const machine = {
      ...model_machine(VARIANTS.get('linux-7.3') as NonNullable<ReturnType<typeof VARIANTS.get>>),
      hello,
    };
    try {
      const target = target_of({ ...machine, run: async () => answer }, LIVE_CLAIMS, undefined);
      const { unusable } = await run_live(target, ASKED);
      return unusable === null ? 'taken' : 'read';
    } catch (error) {
      // No variant models a kernel of this version.
      refused(error);
      return 'read';
    }
  },
};

export const TARGETS: readonly Target[] = [fixtures, recordings, programs, calls, answers];
