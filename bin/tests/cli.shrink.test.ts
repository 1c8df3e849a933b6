import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SUITE } from '../kvm/suite';
import { call as call_with } from './terminal.fixture';

const call = (...argv: string[]) => call_with(argv);
const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('wrong calls: one line, exit code 2, nothing on stdout', () => {
  const unreadable = join(folder, 'no', 'such', 'folder', 'x');
  const large = join(folder, 'large.json');
  writeFileSync(large, Buffer.alloc(100 * 2 ** 20, ' '));
  const [empty, wrong] = [join(folder, 'empty.txt'), join(folder, 'wrong.txt')];
  writeFileSync(empty, '# nothing yet\n');
  writeFileSync(wrong, 'recoverr ratio=1\n');
  test.each([
    [['shrink', 'main', '--variant', 'V1'], '"main" is not a SEED:CASE, like main:12'],
    [['shrink', '--variant', 'V1'], '"" is not a SEED:CASE'],
    [['shrink', 'main:x', '--variant', 'V1'], '"main:x" is not a SEED:CASE'],
    [['shrink', 'main:0'], 'which implementation? --variant NAME'],
    [['shrink', 'main:0', '--variant', 'V3'], 'no variant "V3"; did you mean "B3"? known: '],
    [['shrink', 'main:0', '--variant', 'V1', '--property', 'x'], 'no property "x"; known: '],
    [['shrink', 'main:0', 'main:1', '--variant', 'V1'], 'one SEED:CASE at a time'],
    [['shrink', 'main:0', '--variant', 'V1', '--save', 'a b'], '--save a b is no name for a regression'],
    [['shrink', 'main:0', '--variant', 'V1', '--transitions', '0'], '--transitions 0 is not'],
    [['replay', 'foo'], '"foo" is neither a file, nor a regression\'s name, nor a SEED:CASE'],
    [['replay', `${unreadable}.json`], 'ENOENT'],
    [['replay', empty], 'empty.txt has no command in it; wanted: one a line, like recover ratio=1'],
    [['replay', wrong], 'wrong.txt: no command "recoverr"; did you mean "recover"? known: '],
    [['replay', large], 'large.json has more than the 16 MB that are read'],
    [['check', '--time', 'soon'], '--time soon is not a time like 30s'],
    [['check', '--time', '0s'], '--time 0s is not a time'],
    [['check', '--time', '9999h'], '--time 9999h is not a time'],
    [['check', '--time', '3s', '--cases', '4'], '--cases and --time: one or the other'],
    [['check', '--implementation', `${unreadable}.ts`], `cannot read ${unreadable}.ts: ENOENT`],
  ])('%j', async (argv, message) => {
    const { code, out, err } = await call(...argv);
    expect(err.join('\n')).toContain(message);
    expect({ code, out, lines: err.length }).toEqual({ code: 2, out: [], lines: 1 });
  });

  test('a folder that cannot be written to; nothing is left behind', async () => {
    const { code, err } = await call('shrink', 'main:0', '--variant', 'V1', '--save', `${unreadable}.json`);
    expect(code).toBe(2);
    expect(err).toEqual([`cannot write ${unreadable}.json: ENOENT, there is no such folder`]);
  });
});

describe('shrink', () => {
  test('the proven minimal, and what each step is for', async () => {
    const { code, out } = await call('shrink', 'main:7', '--variant', 'V1');
    const text = out.join('\n');
    expect(code).toBe(0);
    expect(text).toMatch(/^1 +guest_exec mmu=tdp page=0 offset=0 /m);
    expect(text).toMatch(/^without 1 {2}holds: listed tdp 0/m);
    expect(text).toMatch(/^2 ! +recover ratio=1 /m);
    expect(text).toMatch(/^without 2 {2}holds$/m);
    expect(text).toContain('got     to_zap 0');
    expect(text).toContain('proven  minimal: no shorter program violates it');
  });

  test('--json, one object a property', async () => {
    const { out } = await call('shrink', 'main:7', '--variant', 'V1', '--json');
    const rows = out.map((line) => JSON.parse(line));
    expect(rows.map(({ property }) => property)).toEqual([
      'to-zap-nonzero-when-splits-exist',
      'passes-take-their-share',
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({
        program: ['guest_exec mmu=tdp page=0 offset=0', 'recover ratio=1'],
        certified: true,
      });
    }
  });

  test('a limit that is too low is said, and so is a case that breaks nothing', async () => {
    const limited = await call('shrink', 'main:7', '--variant', 'V1', '--transitions', '5');
    expect(limited.out.join('\n')).toContain(
      'not yet proven minimal: 2 commands, none of which can be left out; more than',
    );
    const { code, err } = await call('shrink', 'main:7', '--variant', 'v6.18');
    expect({ code, err }).toEqual({
      code: 1,
      err: ['v6.18 breaks no property in case main:7: there is nothing to shrink'],
    });
  });

  test('--save writes a regression that replays, once', async () => {
    const file = join(folder, 'kept.json');
    const save = ['shrink', 'main:7', '--variant', 'V1', '--save', file];
    const saved = await call(...save);
    expect(saved.out.join('\n')).toContain(`saved   ${file} (to-zap-nonzero-when-splits-exist)`);
    const before = readFileSync(file, 'utf8');
    expect(JSON.parse(before)).toMatchObject({
      program: ['guest_exec mmu=tdp page=0 offset=0', 'recover ratio=1'],
      violates: { V1: 'to-zap-nonzero-when-splits-exist', 'V1+V5': 'to-zap-nonzero-when-splits-exist' },
      holds: 'conforming',
      found: { seed: 'main', case: 7, certified: expect.stringContaining('no shorter program violates it') },
    });
    const replayed = await call('replay', file);
    expect(replayed.out.at(-1)).toBe('kept: as recorded');
    expect(replayed.code).toBe(0);

    const again = await call(...save);
    expect(again.err).toEqual([`${file} exists already, and is not overwritten: choose another name`]);
    expect(again.code).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

describe('replay', () => {
  const fixture = (change: object) => {
    const file = join(folder, 'changed.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(join(folder, 'kept.json'), 'utf8')), ...change }));
    return file;
  };

  test('a verdict that is no more', async () => {
    const { code, out } = await call('replay', fixture({ violates: {}, holds: ['V1'] }));
    expect(out.join('\n')).toContain('changed: V1 breaks to-zap-nonzero-when-splits-exist');
    expect(out.at(-1)).toBe('changed: NOT as recorded');
    expect(code).toBe(1);
  });

  test('drift is told, and is no error', async () => {
    const { code, out } = await call(
      'replay',
      fixture({ found: { seed: 'main', case: 1, drawn: '0123456789abcdef' } }),
    );
    expect(out.join('\n')).toContain(
      'drift (the program counts, not the seed): changed: main:1 now draws another program',
    );
    expect(code).toBe(0);
  });

  test('on one variant, step by step: an unexpected breach is exit code 1', async () => {
    const expected = await call('replay', join(folder, 'kept.json'), '--variant', 'V1');
    expect(expected.out.join('\n')).toContain('V1: breaks to-zap-nonzero-when-splits-exist at command 2');
    expect(expected.code).toBe(0);
    const holds = await call('replay', join(folder, 'kept.json'), '--variant', 'v6.18');
    expect(holds.out.at(-1)).toMatch(/^v6.18: .* breaks nothing$/);
  });

  test('a regression of the project by its name; a program of commands, one a line', async () => {
    const named = await call('replay', 'shadow-splits-never-recovered');
    expect(named.out.at(-1)).toBe('shadow-splits-never-recovered: as recorded');
    const file = join(folder, 'mine.txt');
    writeFileSync(file, '# mine\nguest_exec mmu=tdp page=0 offset=0\n\nrecover ratio=1\n');
    const { code, out } = await call('replay', file, '--variant', 'V1');
    expect(out.join('\n')).toContain('V1: breaks to-zap-nonzero-when-splits-exist at command 2');
    expect(code).toBe(0);
  });

  test('a case on all variants', async () => {
    const { code, out } = await call('replay', 'main:7');
    expect(out).toHaveLength(SUITE.variants.size);
    expect(out).toContain('v6.18: case main:7 breaks nothing');
    expect(out.join('\n')).toMatch(/^V1: breaks to-zap-nonzero-when-splits-exist at command \d+/m);
    expect(code).toBe(0);
  });
});

describe('the seed', () => {
  const seed_of = (printed: readonly string[]) =>
    /seed (\S+)$/.exec(printed.find((line) => /seed/.test(line)) ?? '')?.[1];
  const check = ['check', 'V2', '--cases', '1'];

  test('is the commit in CI, whatever the host calls it', async () => {
    expect(seed_of((await call_with(check, { env: { CI: 'true', GITHUB_SHA: 'abc123' } })).out)).toBe('abc123');
    expect(seed_of((await call_with(check, { env: { CI: '1', CI_COMMIT_SHA: 'def456' } })).out)).toBe('def456');
  });

  test('is the clock elsewhere, and what is given where it is given', async () => {
    expect(seed_of((await call_with(check, { now: () => 36 ** 3 })).out)).toBe('t1000');
    expect(seed_of((await call_with([...check, '--seed', 'mine'], { env: { CI: 'true' } })).out)).toBe('mine');
  });
});

test('an interrupted search reports what it has found, and exits with 130', async () => {
  const interrupt = new AbortController();
  // The clock is asked after every program: the hundredth time, somebody presses Ctrl-C.
  let asked = 0;
  const now = () => {
    if (++asked === 100) interrupt.abort();
    return 0;
  };
  const { code, out } = await call_with(['check', 'V1', 'v6.18', '--seed', 's', '--cases', '100000000'], {
    now,
    signal: interrupt.signal,
  });
  expect(out.join('\n')).toMatch(/V1: violates 2, as expected \((49|50) programs/);
  expect(out.at(-1)).toBe('interrupted: this is what was found so far');
  expect(code).toBe(130);
});

test('--time ends a search, and gives every variant the same share', async () => {
  let now = 0;
  const { code, out } = await call_with(['check', 'V2', 'v6.18', '--seed', 's', '--time', '2s'], { now: () => now++ });
  expect(out.find((line) => line.startsWith('check:'))).toBe('check: 2 variants, 2s for all, seed s');
  const programs = out.flatMap((line) => /\((\d+) programs/.exec(line)?.[1] ?? []);
  expect(programs[0]).toBe(programs[1]);
  expect(Number(programs[0])).toBeGreaterThan(900);
  expect(Number(programs[0])).toBeLessThan(1001);
  expect(code).toBe(0);
});

test('list names everything; its schema is the one beside the fixtures', async () => {
  const { out } = await call('list');
  for (const name of ['v6.18', 'linux-7.3', 'V1', 'to-zap-nonzero-when-splits-exist', 'guest_exec']) {
    expect(out.some((line) => line.startsWith(name))).toBe(true);
  }
  const [json = ''] = (await call('list', '--json')).out;
  expect(Object.keys(JSON.parse(json))).toEqual(['version', 'variants', 'properties', 'goals', 'commands']);
  const schema = JSON.parse((await call('list', '--schema')).out.join('\n'));
  // If this fails: npm --silent start -- list --schema > regressions/schema.json && npm run format
  expect(JSON.parse(readFileSync(join(__dirname, '..', '..', 'regressions', 'schema.json'), 'utf8'))).toEqual(schema);
});
