import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SUITE } from '../kvm/suite';
import { call as call_main } from './terminal.fixture';

const root = join(__dirname, '..', '..');
const MOVED = ['testing', 'commands', 'extending', 'ci', 'kill-matrix'].map((name) => `docs/${name}.md`);
/** The README and the pages beside it, whose transcripts are checked alike. */
const readme = ['README.md', ...MOVED].map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``, 'g'))].map(([, text = '']) => text);
/** Rates depend on the machine. */
const steady = (text: string) =>
  text
    .replace(/(\d+|…) k\/s/g, 'k/s')
    .replace(/[\d.…]+ s \(\S+ states\/s, \S+ transitions\/s\)/g, 'time')
    .trimEnd();

test.each(blocks('console'))('the transcript is what comes out: %s', async (block) => {
  const [call = '', ...printed] = block.split('\n');
  const argv = /^\$ npm start -- (.*)$/.exec(call)?.[1]?.split(' ') ?? [];
  const { code, out } = await call_main(argv);
  expect(steady(out.join('\n'))).toBe(steady(printed.join('\n')));
  expect(code).toBe(0);
});

test('shell blocks name scripts that exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const word of readme.matchAll(/npm (?:run (\w+)|(start|test))/g))
    expect(scripts).toHaveProperty(word[1] ?? word[2] ?? '');
  expect(blocks('sh').slice(0, 2)).toEqual(['npm ci && npm start', 'npm ci && npm test']);
});

test.each(blocks('sh').slice(2))('the call works: %s', async (block) => {
  const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
  const [, text = ''] = /^npm start -- (.*)$/.exec(block) ?? [];
  // Saved elsewhere; searched for a moment.
  const argv = text
    .split(' ')
    .map((word, i, words) => (words[i - 1] === '--save' ? join(folder, `${word}.json`) : word));
  const check = argv[0] === 'check';
  const { code, err } = await call_main(check ? [...argv, '--cases', '20', '--seed', 'readme'] : argv);
  rmSync(folder, { recursive: true });
  expect({ code, err }).toEqual({ code: check ? 1 : 0, err: [] });
});

test('the workflow works: its scripts exist, and its call is one', async () => {
  const [workflow = ''] = blocks('yaml');
  const runs = [...workflow.matchAll(/- run: (.*)/g)].map(([, run]) => run);
  expect(runs).toEqual(['npm ci', 'npm start -- check --time 5m']);
  const { code } = await call_main(['check', 'V2', '--time', '5m', '--seed', 'readme'], { now: passing_time() });
  expect(code).toBe(0);
});

/** A clock that passes a second whenever it is asked. */
const passing_time = () => {
  let now = 0;
  return () => {
    now += 1000;
    return now;
  };
};

test('code blocks are files of the project, whole', () => {
  const named = [...readme.matchAll(/`((?:docs|models|properties|regressions)\/[^`]*\.(?:ts|json))`/g)].map(
    ([, path = '']) => path,
  );
  const sources = named
    .filter((path) => existsSync(join(root, path)))
    .map((path) => readFileSync(join(root, path), 'utf8').trimEnd());
  for (const block of blocks('ts')) expect(sources).toContain(block);
  const json = blocks('json').map((block) => JSON.parse(block));
  expect(json).toHaveLength(1);
  expect(json[0]).toEqual(
    JSON.parse(readFileSync(join(root, 'regressions/recovery-zaps-the-neighbours.json'), 'utf8')),
  );
});

const pages = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'));

test.each(['README.md', 'CONTRIBUTING.md', ...pages.map((file) => `docs/${file}`)])(
  'paths that %s names exist',
  (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, path = ''] of text.matchAll(
      /`((?:bin|harness|models|properties|regressions|mutation|tools|docs)\/[\w./+-]*)`/g,
    )) {
      expect({ path, exists: existsSync(join(root, path)) }).toEqual({ path, exists: true });
    }
  },
);

test('the short names of the claims are those in their files, each once in the table of docs/models.md', () => {
  const told = readFileSync(join(root, 'docs', 'models.md'), 'utf8').matchAll(/^\| ([A-Z]+) \| (`.*`) \|/gm);
  const words = [...told].flatMap(([, word = '', files = '']) =>
    [...files.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => [name, word] as const),
  );
  expect(words.map(([name]) => name).sort()).toEqual([...SUITE.properties.keys()].sort());
  for (const [name, word] of words) {
    const [, said] =
      /\/\*\*\s+(?:\* )?([A-Z]+)\b/.exec(readFileSync(join(root, `properties/always/${name}.ts`), 'utf8')) ?? [];
    expect({ name, said }).toEqual({ name, said: word });
  }
});

test('the kill matrix names every property and every defect, and says of each which catches which', () => {
  const [, block = ''] = /<!-- kill matrix -->\n([\s\S]*?)\n<!-- end of the kill matrix -->/.exec(readme) ?? [];
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const [head = [], , ...rows] = block.split('\n').map(cells);
  const defects = [...SUITE.variants.values()].filter(({ violates }) => violates.length > 0);
  expect(head).toEqual(['', ...defects.map(({ name }) => name)]);
  const caught = rows.map(([property, ...by]) => [
    property,
    defects.filter((_, i) => by[i] !== '').map(({ name }) => name),
  ]);
  const expected = [...SUITE.properties.keys()].map((property) => {
    return [property, defects.filter(({ violates }) => violates.includes(property)).map(({ name }) => name)];
  });
  expect(caught).toEqual(expected);
  for (const cell of rows.flatMap(([, ...by]) => by)) expect(cell).toMatch(/^\d*$/);
});
