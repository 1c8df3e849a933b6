import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claim } from './claim';
import { MYSELF } from './whose';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
  file = join(folder, 'j.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const { pid, start, place } = MYSELF;
const name_of = (of: object) => {
  const one = { pid, start, place, ...of };
  return `.j.jsonl.${one.pid}.${one.start}.${one.place}.claim`;
};
const others = (of: object, text: string) => writeFileSync(join(folder, name_of(of)), text);
/** Of another process of this machine, which runs as long as this one does. */
const PARENT = (() => {
  const { stdout } = spawnSync('sed', ['s/.*) //', `/proc/${process.ppid}/stat`], { encoding: 'utf8' });
  return { pid: process.ppid, start: stdout.split(' ')[19] };
})();

test('one has it until it gives it up', () => {
  const release = claim(file);
  expect(readdirSync(folder)).toEqual([name_of({})]);
  expect(() => claim(file)).toThrow(`${file} is still written by process ${pid}: wait until it has ended, or end it`);
  claim(join(folder, 'other.jsonl'))();
  release();
  expect(readdirSync(folder)).toEqual([]);
  claim(file)();
});

test('what another process has is refused, and its claim stays', () => {
  others(PARENT, 'held\n');
  expect(() => claim(file)).toThrow(`still written by process ${PARENT.pid}`);
  expect(readdirSync(folder)).toEqual([name_of(PARENT)]);
});

test.each<[string, object]>([
  ['has ended', { pid: spawnSync('true').pid }],
  ['is another of the same number', { ...PARENT, start: '1' }],
  ['is of another machine, where nobody knows', { place: '00000000' }],
])('a process that %s has nothing, and leaves nothing', (_, of) => {
  others(of, 'held\n');
  const release = claim(file);
  expect(readdirSync(folder)).toEqual([name_of({})]);
  release();
});

describe('of two that look at the same time', () => {
  const [least, greatest] = [0, 9_999_999_999].map((number) => ({ ...MYSELF, pid: number }));
  const theirs = () => join(folder, name_of(PARENT));
  beforeEach(() => others(PARENT, ''));

  test('the one of the greater name gives up', () => {
    expect(() => claim(file, greatest)).toThrow(`still written by process ${PARENT.pid}`);
    expect(readdirSync(folder)).toEqual([name_of(PARENT)]);
  });

  test.each([
    ['gives up', 'rm "$0"', true],
    ['has not seen it', 'echo held > "$0"', false],
  ])('the one of the least name waits until the other %s', (_, answer, gets_it) => {
    spawn('sh', ['-c', `sleep 0.2; ${answer}`, theirs()]);
    if (gets_it) claim(file, least)();
    else expect(() => claim(file, least)).toThrow(`still written by process ${PARENT.pid}`);
    expect(readdirSync(folder)).toEqual(gets_it ? [] : [name_of(PARENT)]);
  });

  test('one that does not answer is not run over', () => {
    expect(() => claim(file, least)).toThrow(`still written by process ${PARENT.pid}`);
    expect(readdirSync(folder)).toEqual([name_of(PARENT)]);
  }, 20_000);
});

test('a file beside it that is called alike is no claim', () => {
  for (const name of ['.j.jsonl.claim', `.j.jsonl.x${name_of(PARENT)}`, '.j.jsonl.1.1.1.unfinished'])
    writeFileSync(join(folder, name), 'held\n');
  claim(file)();
  expect(readdirSync(folder)).toHaveLength(3);
});

test('where it cannot be written, that is told', () => {
  expect(() => claim('/nowhere/at/all.jsonl')).toThrow('cannot write /nowhere/at/all.jsonl: ENOENT, there is no such');
});
