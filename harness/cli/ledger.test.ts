import { CallError } from '../errors';
import { type CliCommand, EXIT, run_cli, type Terminal } from './cli';
import { type Ledger, new_ledger } from './ledger';
import { quoted_line } from './quoted';

describe('a run is believed only if all that was asked for is done', () => {
  /** Kinds of work, how much of it is asked for, and how much done. */
  test.each<[string, [string, number, number][], string[]]>([
    ['nothing was asked for', [], ['nothing was asked for']],
    ['nothing is to be done', [['programs', 0, 0]], ['0 of 0 programs']],
    ['nothing is done', [['programs', 3, 0]], ['0 of 3 programs']],
    ['less is done', [['programs', 3, 2]], ['2 of 3 programs']],
    ['more is done', [['programs', 3, 4]], ['4 of 3 programs']],
    [
      'something else is done',
      [
        ['a', 1, 0],
        ['b', 0, 1],
      ],
      ['0 of 1 a', '1 of 0 b'],
    ],
    [
      'all is done',
      [
        ['a', 3, 3],
        ['b', 1, 1],
      ],
      [],
    ],
  ])('%s', (_, work, missing) => {
    const ledger = new_ledger();
    for (const [what, asked, done] of work) {
      ledger.ask(what, asked);
      ledger.done(what, done);
    }
    expect(ledger.missing()).toEqual(missing);
  });
});

/** What a command that does this prints, and its exit code. */
async function run(work: (ledger: Ledger, terminal: Terminal) => number) {
  const err: string[] = [];
  const out: string[] = [];
  const command: CliCommand = {
    words: '',
    doc: '',
    options: {},
    run: async (_, terminal, ledger) => work(ledger, terminal),
  };
  const terminal: Terminal = {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    progress: () => {},
    now: () => 0,
    env: {},
    signal: new AbortController().signal,
  };
  return { code: await run_cli(new Map([['work', command]]), ['work'], terminal), err, out };
}

describe('the exit code of a command', () => {
  test('that says all is good, and has done nothing, is 3', async () => {
    const { code, err } = await run(() => EXIT.good);
    expect(err).toEqual([expect.stringMatching(/^NOT DONE, .*: nothing was asked for$/)]);
    expect(code).toBe(3);
  });

  test('that has done what it was asked for is its own', async () => {
    const work = (ledger: Ledger) => {
      ledger.ask('a', 1);
      ledger.done('a', 1);
      return EXIT.good;
    };
    expect(await run(work)).toEqual({ code: 0, err: [], out: [] });
  });

  test.each([
    [EXIT.good, 2],
    [EXIT.bad, 1],
    [EXIT.interrupted, 130],
  ])('of %i with a doubt is %i; the doubt is told once', async (code, expected) => {
    const work = (ledger: Ledger) => {
      ledger.ask('a', 1);
      ledger.done('a', 1);
      for (const line of ['why', 'why']) ledger.doubt(line);
      return code;
    };
    expect(await run(work)).toEqual({ code: expected, err: ['why'], out: [] });
  });
});

describe('lines are quoted', () => {
  test('whatever is in them', () => {
    expect(quoted_line('a\u001b[31m\nb\u009b\u2028\u202ec\t\u007f')).toBe(
      'a\\u001b[31m\\u000ab\\u009b\\u2028\\u202ec\t\\u007f',
    );
    expect(quoted_line('Zürich … „ü“ 東京')).toBe('Zürich … „ü“ 東京');
  });

  test('and JSON stays what it was', () => {
    const value = { text: 'a\u001b\u009b\u007f\u2028\n"\\' };
    expect(JSON.parse(quoted_line(JSON.stringify(value)))).toEqual(value);
  });

  test('of results and of errors', async () => {
    const told = await run((_, terminal) => {
      terminal.out('\u001b[2J');
      throw new CallError('name\nof a file', ['what a compiler says\u0007']);
    });
    expect(told).toEqual({
      code: 2,
      out: ['\\u001b[2J'],
      err: ['name\\u000aof a file', 'what a compiler says\\u0007'],
    });
  });
});
