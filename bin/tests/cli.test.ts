import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call as call_with, rows_of } from './terminal.fixture';

const call = (...argv: string[]) => call_with(argv);

const my_patch = join(__dirname, '..', '..', 'docs', 'my-patch.ts');

/** A clock that is never early enough. */
const past = (() => {
  let now = 0;
  return () => {
    now += 10_000;
    return now;
  };
})();

const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => rmSync(folder, { recursive: true }));
function file(text: string): string {
  const path = join(folder, 'trace.jsonl');
  writeFileSync(path, text);
  return path;
}

describe('wrong calls: one line, exit code 2, nothing on stdout', () => {
  test.each([
    [
      ['chek'],
      'no command "chek"; did you mean "check"? known: conform, check, explore, matrix, shrink, replay, list, live, export, report, play, merge',
    ],
    [['chek'], 'did you mean "check"?'],
    [['help', 'chek'], 'did you mean "check"?'],
    [['check', 'v6.81'], 'did you mean "v6.18"?'],
    [['replay', 'main:0', '--varaint', 'V1'], 'did you mean "--variant"?'],
    [
      ['shrink', 'main:0', '--variant', 'V1', '--property', 'to-zap-nonzero'],
      'did you mean "to-zap-nonzero-when-splits-exist"?',
    ],
    [['replay', 'shadow-splits-never-recoverd'], 'did you mean "shadow-splits-never-recovered"?'],
    [['export', 'splits-outlive-thier-slot', '--selftest', 'x_test.c'], 'did you mean "splits-outlive-their-slot"?'],
    [['live', '--program', 'splits-outlive-thier-slot'], 'did you mean "splits-outlive-their-slot"?'],
    [['matrix', '--certify', 'frist'], '--certify frist is none of first, all, none; did you mean "first"?'],
    [['check', '--html', './x', '--junit', 'y/../x'], '--junit would write over --html: both name '],
    [['conform', __filename, '--results', __filename], '--results would write over "'],
    [['check', '--implementation', my_patch, '--html', my_patch], '--html would write over --implementation: '],
    [['explore', 'V1', '--commands', 'recovr'], 'did you mean "recover"?'],
    [['check', 'v5.1'], 'no variant "v5.1"; did you mean "v5.10"? known: '],
    [['check', '--sed', '1'], "check: Unknown option '--sed'"],
    [['check', '--cases', 'many'], '--cases many is not a whole number from 1 to '],
    [['check', '--cases', '0'], '--cases 0 is not'],
    [
      ['check', '--cases', '-1'],
      "check: Option '--cases' argument is followed by a dash; write --cases=-1 if it is meant; usage: ",
    ],
    [['check', '--seed', ''], '--seed "" is no name: wanted one like main'],
    [['check', '--seed=-x'], '--seed "-x" is no name: wanted one like main'],
    [
      ['replay', 'main:0', '--variant', 'V1', '--implementation', my_patch],
      '--variant and --implementation: one or the other',
    ],
    [
      ['shrink', 'main:0', '--variant', 'V1', '--implementation', my_patch],
      '--variant and --implementation: one or the other',
    ],
    [['matrix', 'v6.18'], 'v6.18 conforms: a matrix is of defects (linux-6.1, '],
    [['conform', '--variant', 'linux'], 'no variant "linux"; did you mean "linux-6.1"? known: '],
    [['conform', '/nowhere/at/all'], 'cannot read /nowhere/at/all: ENOENT'],
    [['list', 'V1'], 'list takes no words, but "V1"'],
    [['check', '--seed', 'a\nb'], '--seed "a\\u000ab" is no name'],
    [['check', '--seed', 'x'.repeat(300)], '--seed "xxx'],
    [['live', '--seed', 'a\u001b[31m', '--kernel', 'x'], '--seed "a\\u001b[31m" is no name'],
    [['live', '--seed', ''], '--seed "" is no name'],
    [['check', '--seed', 'a', '--seed', 'b'], 'check: --seed is given twice'],
    [['explore', '--force', '--force'], 'explore: --force is given twice'],
    [['list', '--json', '--schema'], '--json and --schema: one or the other, not both'],
    [['live', '--program', 'x', '--save', 'y'], '--program and --save: one or the other, not both'],
    [['live', '--program', 'x', '--cases', '3'], '--program and --cases: one or the other, not both'],
    [['live', '--program', '/nowhere', '--kernel', '/none'], 'cannot read /nowhere: ENOENT'],
    [['live', '--program', my_patch, '--kernel', '/none'], `${my_patch}: no command "import"`],
    [['live', '--program', '/dev/zero', '--kernel', '/none'], '/dev/zero is no file on a disk'],
    [['live', '--record', '/etc/passwd/x', '--kernel', '/none'], 'cannot write /etc/passwd/x: ENOTDIR'],
    [['live', '--save', './', '--kernel', '/none'], '--save ./ names a folder, and no file'],
    [['live', '--save', './x', '--record', './x.json', '--kernel', '/none'], '--record and --save name one file'],
    [['shrink', 'main:0', '--variant', 'V1', '--save', '/etc/passwd/x'], 'cannot write /etc/passwd/x.json: ENOTDIR'],
    [['shrink', 'main:0', '--variant', 'V1', '--save', '/nowhere/x'], 'cannot write /nowhere/x.json: ENOENT'],
    [['shrink', 'main:0', '--variant', 'V1', '--save', './'], '--save ./ names a folder, and no file'],
    [['shrink', 'main:0', '--variant', 'V1', '--save', '.json'], '--save .json names a folder, and no file'],
    [['replay', '/dev/zero'], '/dev/zero is no file on a disk'],
    [['replay', '/dev/null'], '/dev/null is no file on a disk'],
    [['replay', '/nowhere/a\u001b[2Jb'], 'cannot read /nowhere/a\\u001b[2Jb: ENOENT'],
    [['conform', '/dev/zero'], '/dev/zero is no file on a disk'],
    [['shrink', 'main:0', '--variant', 'V1', '--save', '/proc/x'], 'cannot write /proc/x.json: E'],
    [['check', '--journal', '/etc/passwd/x'], 'cannot write /etc/passwd/x: ENOTDIR'],
    [['check', '--cases', '3', '--time', '1s'], '--cases and --time: one or the other, not both'],
    [['list', '--ops', '--schema'], '--ops and --schema: one or the other, not both'],
    [['check', '--seed', 'a\u202eb'], '--seed "a\\u202eb" is no name'],
    [['replay', 'main:0\n', '--variant', 'V1'], 'main:0\\u000a'],
    [['chek\u001b]0;x\u0007'], 'no command "chek\\u001b]0;x\\u0007"'],
  ])('%j', async (argv, message) => {
    const { code, out, err } = await call(...argv);
    expect(err).toHaveLength(1);
    expect(err[0]).toContain(message);
    expect({ code, out }).toEqual({ code: 2, out: [] });
  });
});

test.each(['--help', '-h'])('%s after a command says what it takes', async (word) => {
  const { code, out } = await call('check', word);
  expect(out[0]).toBe('check [variant…]');
  expect(out).toContain('options');
  expect(out).toContain('more');
  expect(out.join('\n')).toMatch(/^ {2}--cases N +random programs on each variant \(default: 1000\)$/m);
  expect(await call('help', 'check')).toEqual({ code, out, err: [] });
  expect(code).toBe(0);
});

test('--version says which build it is', async () => {
  const { code, out } = await call_with(['--version'], { build: '1.2.3 (abc)' });
  expect({ code, out }).toEqual({ code: 0, out: ['kvm-nx-harness 1.2.3 (abc)'] });
});

test('a program that is replayed: whether it is known to break, and where it is proven', async () => {
  const program = join(folder, 'program.txt');
  writeFileSync(program, 'guest_exec mmu=tdp page=2 offset=1\nrecover ratio=1\n');
  const { out } = await call('replay', program, '--variant', 'V1');
  expect(out.slice(-2)).toEqual([
    expect.stringMatching(
      /^proven {2}in the regression recovery-rate-from-the-wrong-counter: minimal: no shorter program/,
    ),
    expect.stringMatching(/^known {3}V1 declares it \(/),
  ]);
  const { out: fresh } = await call('replay', 'main:7', '--implementation', my_patch);
  expect(fresh.at(-1)).toMatch(/^NEW {5}my-patch does not declare /);
});

test('a search that had no time for a single program has not shown anything', async () => {
  const { code, out } = await call_with(['check', 'v6.18', '--seed', 's', '--time', '1s'], { now: past });
  expect(out.join('\n')).toContain('v6.18: nothing was tried, NOT AS EXPECTED (0 programs');
  expect(code).toBe(1);
});

test('what comes next is written as a shell takes it', async () => {
  const { out } = await call('check', 'V1', '--seed', "it's mine", '--cases', '20');
  expect(out.join('\n')).toMatch(/again {3}npm start -- shrink 'it'\\''s mine:\d+' --variant V1 --property /);
});

test('conform lets Ctrl-C in', async () => {
  const interrupt = new AbortController();
  setImmediate(() => interrupt.abort());
  const { code, out, err } = await call_with(['conform'], { signal: interrupt.signal });
  expect({ code, err }).toEqual({ code: 130, err: ['interrupted'] });
  expect(out.length).toBeLessThan(10);
});

describe('wrong traces: the file, the line, what is wrong', () => {
  const stats = {
    nx_lpage_splits: 0,
    pages_4k: 0,
    pages_2m: 0,
    pages_1g: 0,
    remote_tlb_flush_requests: 0,
    pf_taken: 0,
  };
  const good = {
    kernel: '6.12.117',
    mmus: 'tdp',
    pages: 8,
    program: ['recreate_slot'],
    start: stats,
    observed: [stats],
  };
  const text = (change: object) => JSON.stringify({ ...good, ...change });

  const slot = { home: 0, away: 512, regions: 8, backing: '2m' };
  /** What `live` records: a slot that is not as it should be, and others. */
  const live = (change: object, ...others: object[]) => {
    const { pages: _, ...rest } = good;
    const slots = [{ ...slot, ...change }, ...others];
    return JSON.stringify({ ...rest, world: { pages: 8, vcpus: 1, tdp_mmu: true, slots } });
  };

  test('a good one is read', async () => {
    expect(await call('conform', file(`\ufeff${text({})}\n`))).toMatchObject({ code: 0, err: [] });
    expect(await call('conform', file(live({}, { ...slot, home: 700, away: 800 })))).toMatchObject({ err: [] });
  });

  test('another good one is read', async () => {
    expect(await call('conform', file(text({})))).toMatchObject({ code: 0, err: [] });
  });

  test.each([
    ['not JSON', '{', 'is not JSON'],
    ['nothing at all', '', 'holds no trace'],
    ['a field missing', text({ mmus: undefined }), 'mmus'],
    ['a field too many', text({ colour: 'red' }), 'colour'],
    ['an MMU that does not exist', text({ mmus: 'ept' }), 'mmus'],
    ['a kernel that is none', text({ kernel: 'new' }), 'a kernel version like'],
    ['a kernel too old', text({ kernel: '4.19.1' }), 'no variant models kernel 4.19.1'],
    ['a command that does not exist', text({ program: ['reboot'] }), 'no command "reboot"; known: '],
    ['a page out of range', text({ program: ['invalidate page=8'] }), 'page=8 is not a whole number from 0 to 7'],
    ['a kernel of numbers beyond all', text({ kernel: '99999999999999999999.1.1' }), 'a kernel version like'],
    ['a kernel of numbers with a sign', text({ kernel: '-7.3.4' }), 'a kernel version like'],
    ['a number below all', text({ observed: [{ ...stats, pages_4k: -1 }] }), 'observed.0.pages_4k: '],
    ['no commands', text({ program: [], observed: [] }), 'program: '],
    ['more commands than anybody records', text({ program: Array(1001).fill('recreate_slot') }), 'program: '],
    ['a number that is none', text({ observed: [{ ...stats, pages_4k: 1e300 }] }), 'observed.0.pages_4k: '],
    ['a slot far away', live({ home: 1_000_000_000 }), 'world.slots.0.home: '],
    ['a slot before all memory', live({ home: -1 }), 'world.slots.0.home: '],
    ['a slot between two pages', live({ home: 0.5 }), 'world.slots.0.home: '],
    ['a slot of nothing', live({ regions: 0 }), 'world.slots.0.regions: '],
    [
      'a 1G page at no place for one',
      live({ home: 3, backing: '1g' }),
      'world.slots: slot 0 of 1G pages is not aligned',
    ],
    [
      'a 1G page that may move to no place for one',
      live({ away: 100, backing: '1g' }),
      'slot 0 of 1G pages is not aligned',
    ],
    ['slots in one place', live({}, { ...slot, away: 600 }), 'world.slots: slot 0 shares a place with another'],
    ['slots that may move to one place', live({}, { ...slot, home: 700 }), 'world.slots: slot 0 shares a place'],
    ['too few observations', text({ observed: [] }), '1 commands, but 0 observed'],
  ])('%s', async (_, content, message) => {
    const { code, out, err } = await call('conform', file(content));
    expect(err).toHaveLength(1);
    expect(err[0]).toContain(message);
    expect({ code, out }).toEqual({ code: 2, out: [] });
  });
});

describe('a regression that checks nothing, or cannot be what it says', () => {
  const base = { program: ['recover ratio=1'], violates: {}, holds: ['v6.18'], postmortem: 'x' };
  const claim = 'to-zap-nonzero-when-splits-exist';
  test.each([
    ['nothing violates, nothing holds', { holds: [] }, '"violates" and "holds" name nothing: it checks nothing'],
    ['one does both', { violates: { 'v6.18': claim } }, 'v6.18 is in "violates" and in "holds"'],
    ['one of the conforming does', { violates: { 'v6.18': claim }, holds: 'conforming' }, 'v6.18 is in "violates"'],
    ['no program', { program: [] }, 'program: '],
    ['a program of nothing', { program: [' '] }, 'no command ""'],
    ['all hold but all are excepted, and nothing violates', { holds: [], violates: { V1: [] } }, 'violates'],
    ['an unknown property', { violates: { V1: 'x' } }, 'no property "x"'],
    ['an unknown variant', { violates: { constructor: claim } }, 'no variant "constructor"'],
  ])('%s: exit code 2, one line', async (_, change, message) => {
    const path = join(folder, 'regression.json');
    writeFileSync(path, JSON.stringify({ ...base, ...change }));
    const { code, out, err } = await call('replay', path);
    expect(err).toEqual([expect.stringContaining(message)]);
    expect({ code, out }).toEqual({ code: 2, out: [] });
  });

  test('one with a field __proto__', async () => {
    const path = join(folder, 'ghost.json');
    writeFileSync(
      path,
      JSON.stringify({ ...base, holds: [] }).replace('"violates":{}', '"violates":{"__proto__":"x"}'),
    );
    const { code, err } = await call('replay', path);
    expect({ code, err }).toEqual({ code: 2, err: [`${path} is not JSON: it has a field "__proto__"`] });
  });

  test('one with the mark of its encoding is read', async () => {
    const path = join(folder, 'marked.json');
    writeFileSync(path, `\ufeff${JSON.stringify(base)}`);
    expect((await call('replay', path)).code).toBe(0);
  });
});

test('conform says where a kernel does something else, and exits with 1', async () => {
  const [first = ''] = readFileSync(
    join(__dirname, '..', '..', 'models', 'traces', 'linux-6.12.117-tdp.jsonl'),
    'utf8',
  ).split('\n');
  const trace = JSON.parse(first);
  trace.observed[3].nx_lpage_splits += 1;
  const { code, out } = await call('conform', '--json', file(JSON.stringify(trace)));
  expect(code).toBe(1);
  expect(JSON.parse(out[0] ?? '')).toMatchObject({
    variant: 'linux-6.12',
    programs: 1,
    steps: trace.program.length,
    variant_agreed: trace.program.length - 1,
    reference_agreed: trace.program.length - 1,
    first_disagreement: { who: 'linux-6.12', program: 0, step: 3 },
  });
});

test('check prints the step table, the broken claim with got and want, and the line that runs it again', async () => {
  const { code, out } = await call('check', 'V1', '--cases', '100', '--seed', 'cli');
  expect(code).toBe(0);
  const text = out.join('\n');
  expect(text).toMatch(/command +listed +counter +stat +to_zap +reference +mapped\n +tdp +tdp +says/);
  expect(text).toMatch(/^ +1 +guest_exec mmu=tdp page=0 offset=0 +1 +1 +1 +0 \+ 1 split +4K$/m);
  expect(text).toMatch(/^ +2 ! +recover ratio=1 +1 +1 +1 +0 \+ 0 ! /m);
  expect(text).toContain('broken  to-zap-nonzero-when-splits-exist');
  expect(text).toContain('got     to_zap 0');
  expect(text).toContain('want    at least 1 of 1 splits');
  const again = /again +npm start -- (shrink cli:\d+ --variant V1 --property \S+)/.exec(text)?.[1] ?? '';
  expect((await call(...again.split(' '))).code).toBe(0);
});

test('check exits with 1 when a variant does not do what is expected of it', async () => {
  const { code, out } = await call('check', 'B37', '--cases', '1', '--seed', 'cli');
  expect(code).toBe(1);
  expect(out.join('\n')).toContain('MISSING');
});

test('--json prints one object a line and nothing else; regressions are replayed all the same', async () => {
  const { out, err } = await call('check', 'V1', 'v6.18', '--cases', '60', '--seed', 'cli', '--json');
  expect(err[0]).toMatch(/^regressions: \d+ replayed, all as recorded$/);
  expect(err[1]).toBe('check: 2 variants, 60 programs each, seed cli');
  const rows = rows_of(out);
  const keys =
    'version variant property expected verdict program length certified seed case programs commands seconds'.split(' ');
  for (const row of rows) {
    const more = row.variant !== 'V1' ? ['power'] : row.verdict === 'violates' ? ['broken_in'] : [];
    expect(Object.keys(row).sort()).toEqual([...keys, ...more].sort());
  }
  expect(rows.filter(({ variant }) => variant === 'V1').map(({ expected, verdict }) => [expected, verdict])).toEqual([
    ['violates', 'violates'],
    ['violates', 'violates'],
  ]);
  for (const row of rows.filter(({ variant }) => variant === 'v6.18')) {
    expect(row).toMatchObject({ expected: 'conforms', verdict: 'conforms', program: null, case: null, programs: 60 });
  }
});
