/** Many runs side by side: what each kind of finding is called, and that nothing is told twice. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call } from './terminal.fixture';

const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const file_as_is = (lines: readonly (string | object)[]): string => {
  const file = join(folder, `run-${++files}.json`);
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify({ version: 1, ...line })));
  writeFileSync(file, texts.map((text) => `${text}\n`).join(''));
  return file;
};
/** What a run prints ends with a line that counts. */
const end_of = (rows: readonly unknown[]) => ({ end: rows.length });
const file_of = (rows: readonly (string | object)[]): string => file_as_is([...rows, end_of(rows)]);

const BUG = ['guest_exec mmu=tdp page=0 offset=0', 'recover ratio=1'];
/** The same, in other places. */
const ITS_TWIN = ['guest_exec mmu=tdp page=3 offset=0', 'recover ratio=1'];
const OTHER = ['guest_exec mmu=shadow page=0 offset=0', 'recover ratio=1'];
const [ZAP, SHARE, STAT] = ['to-zap-nonzero-when-splits-exist', 'passes-take-their-share', 'stat-equals-splits'];

/** A row of check: found in this program after so many, or not at all. */
const checked = (program: readonly string[] | null, programs: number, more: object = {}) => ({
  variant: 'v6.18',
  property: ZAP,
  expected: 'conforms',
  verdict: program ? 'violates' : 'conforms',
  program,
  length: program?.length ?? null,
  certified: program ? true : null,
  seed: 's',
  case: program ? programs - 1 : null,
  programs,
  commands: 0,
  // No two runs take the same time.
  seconds: files,
  ...more,
});
const lived = (program: readonly string[] | null, kernel: string, more: object = {}) => ({
  kernel,
  contract: 'v6.12',
  verdict: program ? 'violates' : 'holds',
  property: program ? STAT : null,
  program,
  known: null,
  also: [],
  seed: 's',
  case: program ? 6 : null,
  programs: program ? 7 : 100,
  ...more,
});
const explored = (programs: readonly (readonly string[])[], covered: number, more: object = {}) => ({
  variant: 'v6.18',
  covered,
  alphabet: 'some',
  commands: null,
  broken: programs.map((program) => ({ property: ZAP, program, certified: true })),
  unexpected: [ZAP],
  seconds: files,
  ...more,
});

interface Row {
  readonly status: string;
  readonly subject: string;
  readonly program: string[];
  readonly [field: string]: unknown;
}

async function triaged(runs: readonly (readonly (string | object)[])[]) {
  const { code, out, err } = await call(['triage', ...runs.map(file_of), '--json']);
  expect(err).toEqual([]);
  return { code, rows: out.map((line): Row => JSON.parse(line)) };
}
const statuses = async (...runs: readonly (readonly (string | object)[])[]) => {
  const { code, rows } = await triaged(runs);
  expect(code).toBe(rows.some(({ status }) => status === 'new') ? 1 : 0);
  return rows.map(({ status, program }) => `${status} ${program.length > 0 ? program[0]?.split(' ')[1] : ''}`);
};

test('one program in many runs, places and properties is one finding', async () => {
  const { rows } = await triaged([
    [checked(BUG, 9), checked(ITS_TWIN, 12, { property: SHARE })],
    [checked(null, 4, { property: STAT }), checked(ITS_TWIN, 3)],
  ]);
  expect(rows).toEqual([
    expect.objectContaining({
      status: 'known',
      subject: 'v6.18',
      program: BUG,
      properties: [ZAP, SHARE],
      runs: 2,
      found_in: 2,
      certified: true,
      first: { file: expect.stringMatching(/run-\d+\.json$/), case: 's:8', programs: 9, properties: [ZAP] },
      last: expect.objectContaining({ case: 's:2', programs: 3 }),
      missed_by_chance: null,
    }),
  ]);
});

test('a property is named with the case that breaks it, and what was found first is first', async () => {
  const files = [[checked(BUG, 4), checked(ITS_TWIN, 1, { property: SHARE })]].map(file_of);
  const { out } = await call(['triage', ...files]);
  expect(out).toContain(`  found   in 1 of 1 run: first ${files[0]?.split('/').at(-1)}, s:0, after 1 program`);
  expect(out).toContain(`  again   npm start -- shrink s:0 --variant v6.18 --property ${SHARE}`);
  const both = [[checked(BUG, 2)], [checked(BUG, 3), checked(ITS_TWIN, 7, { property: SHARE })]];
  const { rows } = await triaged(both);
  expect(rows).toEqual([
    expect.objectContaining({
      fresh: [SHARE],
      first: expect.objectContaining({ case: 's:1', properties: [ZAP] }),
      last: expect.objectContaining({ case: 's:2', properties: [ZAP] }),
      again: expect.objectContaining({ case: 's:6', programs: 7, properties: [SHARE] }),
    }),
  ]);
});

test('the same program on two variants is two findings', async () => {
  const { rows } = await triaged([[checked(BUG, 1), checked(BUG, 1, { variant: 'V1', expected: 'violates' })]]);
  expect(rows.map(({ status, subject }) => [status, subject])).toEqual([
    ['new', 'v6.18'],
    ['known', 'V1'],
  ]);
});

test.each<[string, (string | object)[][], string[]]>([
  ['one run: what nobody declares is new', [[checked(BUG, 1)]], ['new mmu=tdp']],
  ['what is declared is known', [[checked(BUG, 1, { expected: 'violates' })]], ['known mmu=tdp']],
  ['in both', [[checked(BUG, 1)], [checked(BUG, 5)]], ['known mmu=tdp']],
  ['only in the last', [[checked(null, 50)], [checked(BUG, 5)]], ['new mmu=tdp']],
  [
    'another property of it is new',
    [[checked(BUG, 1)], [checked(BUG, 5), checked(BUG, 7, { property: SHARE })]],
    ['new mmu=tdp'],
  ],
  [
    'often before, not in a long one',
    [[checked(BUG, 10)], [checked(BUG, 20)], [checked(null, 1000)]],
    ['gone mmu=tdp'],
  ],
  ['often before, not in a short one', [[checked(BUG, 10)], [checked(BUG, 20)], [checked(null, 20)]], ['rare mmu=tdp']],
  ['seldom before, not in a long one', [[checked(BUG, 900)], [checked(null, 1000)]], ['rare mmu=tdp']],
  [
    'in the last, and in one of many',
    [[checked(BUG, 900)], [checked(null, 1000)], [checked(null, 1001)], [checked(null, 999)], [checked(BUG, 1)]],
    ['rare mmu=tdp'],
  ],
  [
    'a run of something else says nothing',
    [[checked(BUG, 1)], [checked(BUG, 2)], [checked(null, 100_000, { variant: 'v6.1' })]],
    ['known mmu=tdp'],
  ],
  [
    'a run that had no time says nothing',
    [[checked(BUG, 1)], [checked(null, 0, { verdict: 'untried' })]],
    ['new mmu=tdp'],
  ],
  [
    'all of each, in order',
    [[checked(BUG, 1)], [checked(OTHER, 3), checked(null, 900)]],
    ['new mmu=shadow', 'gone mmu=tdp'],
  ],
  ['explored again, as far', [[explored([BUG], 3)], [explored([], 2)]], ['gone mmu=tdp']],
  ['explored again, not as far', [[explored([BUG], 3)], [explored([], 1)]], ['rare mmu=tdp']],
  [
    'explored again, with other commands',
    [[explored([BUG], 3)], [explored([], 3, { commands: 'recover' })]],
    ['rare mmu=tdp'],
  ],
  ['explored, and not met at random', [[explored([BUG], 3)], [checked(null, 100_000)]], ['rare mmu=tdp']],
  ['explored, and met at random', [[explored([BUG], 3)], [checked(BUG, 3)]], ['known mmu=tdp']],
  [
    'a newer kernel of the same contract',
    [[lived(BUG, '6.12.1')], [lived(BUG, '6.12.2', { also: [STAT] })]],
    ['known mmu=tdp'],
  ],
  ['a kernel that has it no more', [[lived(BUG, '6.12.1')], [lived(null, '6.12.2')]], ['gone mmu=tdp']],
  ['what is known of a kernel', [[lived(BUG, '6.12.1', { known: 'B12' })]], ['known mmu=tdp']],
  ['what flickers is no finding', [[lived(BUG, '6.12.1', { verdict: 'flaky' })]], []],
  ['a rule that is broken', [[{ variant: 'v6.18', rule: 'a rule', verdict: 'broken', seen: 'x' }]], ['new ']],
])('%s', async (_, runs, expected) => {
  expect(await statuses(...runs)).toEqual(expected);
});

test('as text: each kind under its heading, what is not known with all that is needed to look at it', async () => {
  const runs = [
    [checked(BUG, 10), checked(OTHER, 400, { certified: false }), checked(null, 500, { property: STAT })],
    [
      checked(BUG, 20),
      checked(OTHER, 5, { variant: 'V1', expected: 'violates' }),
      checked(null, 500, { property: STAT }),
    ],
    [checked(['guest_read mmu=tdp page=0 offset=0', ...BUG], 8), checked(null, 900, { property: STAT })],
  ].map(file_of);
  const { code, out, err } = await call(['triage', ...runs]);
  expect({ code, err }).toEqual({ code: 1, err: [] });
  const name = (i: number) => runs[i]?.split('/').at(-1);
  expect(out).toEqual([
    `triage: 3 runs, 2 variants or kernels; the last is ${runs[2]}`,
    '',
    'new: in the last run, and in none before',
    '',
    '  v6.18: 3 commands, proven minimal',
    '    guest_read mmu=tdp page=0 offset=0',
    '    guest_exec mmu=tdp page=0 offset=0',
    '    recover ratio=1',
    `  breaks  ${ZAP}`,
    `  found   in 1 of 3 runs: first ${name(2)}, s:7, after 8 programs`,
    `  again   npm start -- shrink s:7 --variant v6.18 --property ${ZAP}`,
    '',
    'rare: in less than half of the runs, or missed by the last, which may be by chance',
    '',
    '  v6.18: 2 commands, not proven minimal',
    '    guest_exec mmu=shadow page=0 offset=0',
    '    recover ratio=1',
    `  breaks  ${ZAP}`,
    `  found   in 1 of 3 runs: first ${name(0)}, s:399, after 400 programs`,
    '  missed  by the last run; by chance with a probability of 37 %',
    `  again   npm start -- shrink s:399 --variant v6.18 --property ${ZAP}`,
    '',
    'gone: not in the last run, which should have found it',
    '',
    '  v6.18: 2 commands, proven minimal',
    '    guest_exec mmu=tdp page=0 offset=0',
    '    recover ratio=1',
    `  breaks  ${ZAP}`,
    `  found   in 2 of 3 runs: first ${name(0)}, s:9, after 10 programs; last ${name(1)}, s:19, after 20 programs`,
    '  missed  by the last run; by chance with a probability of less than 0.01 %',
    `  again   npm start -- shrink s:19 --variant v6.18 --property ${ZAP}`,
    '',
    'known: in the last run and before, or declared',
    '  V1: guest_exec mmu=shadow page=0 offset=0; recover ratio=1',
    `    breaks ${ZAP}; in 1 of 1 run; declared`,
    '',
    '1 new, 1 rare, 1 gone, 1 known',
  ]);
});

test('what check and explore print is read', async () => {
  const lines = async (...words: string[]) => (await call([...words, '--json'])).out;
  const runs = [
    file_as_is(
      await lines('check', 'V1', 'v6.18', '--cases', '20', '--seed', 'a', '--transitions', '5000', '--verbose'),
    ),
    file_as_is(await lines('check', 'V1', 'v6.18', '--cases', '20', '--seed', 'b', '--transitions', '5000')),
    file_as_is(await lines('explore', 'V1', '--depth', '2')),
  ];
  const { code, out } = await call(['triage', ...runs]);
  expect(code).toBe(0);
  expect(out.at(-1)).toBe('0 new, 0 rare, 0 gone, 1 known');
  expect(out).toContain(`    breaks ${ZAP}, ${SHARE}; in 3 of 3 runs; declared`);
});

test('lines may end with CR LF', async () => {
  const [row, end] = [checked(BUG, 1), end_of([1])].map((line) => JSON.stringify({ version: 1, ...line }));
  expect((await call(['triage', file_as_is([`${row}\r`, '\r', `${end}\r`])])).code).toBe(1);
});

test.each<[string, () => string[], RegExp]>([
  ['nothing', () => [], /^triage: no file is named; wanted what runs have printed with --json, the oldest first$/],
  ['no file', () => ['/nowhere'], /^cannot read \/nowhere: ENOENT$/],
  ['an empty file', () => [file_as_is([])], /run-\d+\.json is empty: wanted what check, explore or live prints/],
  ['a torn line', () => [file_of([checked(BUG, 1), '{"version":1,"vari'])], /run-\d+\.json:2: the line is torn/],
  [
    'a run that is cut off at the end of a line',
    () => [file_as_is([checked(BUG, 1), checked(null, 4)])],
    /run-\d+\.json is not complete: the run was ended before it was done$/,
  ],
  [
    'a run of which a line is missing',
    () => [file_as_is([checked(BUG, 1), end_of([1, 2])])],
    /run-\d+\.json is not complete: its last line counts 2 lines, and there are 1$/,
  ],
  [
    'two runs in one file',
    () => [file_as_is([checked(BUG, 1), end_of([1]), explored([], 2), end_of([1])])],
    /run-\d+\.json:3: the run has ended before this line; is it two files in one\?$/,
  ],
  [
    'another line',
    () => [file_of([{ variant: 'V1', caught_by: {} }])],
    /:1 is no line that check, explore or live prints/,
  ],
  [
    'another version',
    () => [file_of([{ ...checked(BUG, 1), version: 2 }])],
    /:1 is no line that check, explore or live/,
  ],
  [
    'a shard',
    () => [file_of([{ shard: { index: 1, of: 2 }, command: 'check' }])],
    /:1 is a shard's: wanted what merge/,
  ],
  ['a command that is none', () => [file_of([checked(['fly'], 1)])], /run-\d+\.json:1: no command "fly"/],
  [
    'one run twice',
    () => {
      const file = file_of([checked(BUG, 1)]);
      return [file, file];
    },
    /run-\d+\.json and .*run-\d+\.json are one run: wanted each once$/,
  ],
])('%s: one line, exit code 2', async (_, named, line) => {
  expect(await call(['triage', ...named()])).toEqual({ code: 2, out: [], err: [expect.stringMatching(line)] });
});
