/** Files of recorded programs: reading them, and comparing them with predictions. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recorded_files } from './conform';
import { disagreement, read_trace, read_traces, type Trace, traces_of, variant_for_kernel } from './traces';

const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => rmSync(folder, { recursive: true }));
const never = new AbortController().signal;

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The first line of each kind of file: recorded by another program, and by `live`. */
const LINES = ['linux-6.12.117-tdp', 'linux-7.3.4-both'].map((name) => {
  const path = recorded_files().find((one) => one.endsWith(`/${name}.jsonl`)) ?? '';
  return readFileSync(path, 'utf8').split('\n', 1)[0] as string;
});
const [OTHERS, OURS] = LINES as [string, string];

async function all(path: string): Promise<Trace[]> {
  const traces: Trace[] = [];
  for await (const trace of traces_of(path, never)) traces.push(trace);
  return traces;
}

test('one after the other or all at once, lines that are empty are none', async () => {
  const path = file('both', `\n${OTHERS}\n  \n${OURS}`);
  const traces = await all(path);
  expect(traces).toHaveLength(2);
  expect(read_traces(path)).toEqual(traces);
});

test.each([
  ['nothing', '\n \n', /^.*\/nothing holds no trace$/],
  ['second', `${OTHERS}\n{`, /^.*\/second:2 is not JSON: /],
  ['command', OTHERS.replace(/"program":\["/, '$&nope '), /^.*\/command:1: no command "nope"/],
  ['fewer', JSON.stringify({ ...JSON.parse(OURS), observed: [] }), /^.*\/fewer:1: \d+ commands, but 0 observed$/],
])('what is wrong is told with its line: %s', async (name, text, message) => {
  const path = file(name, text);
  await expect(all(path)).rejects.toThrow(message);
  expect(() => read_traces(path)).toThrow(message);
});

test.each([
  ['aligned', [{ home: 1, away: 512, regions: 1, backing: '1g' }], 'is not aligned'],
  ['shared', [0, 3].map((home) => ({ home, away: 20 + home, regions: 4, backing: '4k' })), 'shares a place'],
])('slots that no world has are told: %s', (_, slots, words) => {
  const trace = JSON.parse(OURS);
  trace.world.slots = slots;
  expect(() => read_trace('x:1', JSON.stringify(trace))).toThrow(words);
});

test('a kernel has the model of its version', () => {
  for (const [kernel, variant] of [
    ['7.3.4', 'linux-7.3'],
    ['6.12.117', 'linux-6.12'],
    ['5.5.0', 'v5.5'],
    ['7.3.4-fixed', 'linux-7.3-b30-fixed'],
  ])
    expect(variant_for_kernel(kernel as string)).toBe(variant);
  expect(() => variant_for_kernel('5.4.1')).toThrow('no variant models kernel 5.4.1; the oldest is v5.5');
});

test('each count that a model has wrong is told', () => {
  const trace = read_trace('x:1', OURS);
  const [seen] = trace.observed;
  if (!seen) throw new Error('nothing was observed');
  const right = {
    splits: seen.nx_lpage_splits,
    pages_4k: seen.pages_4k - (trace.stub[0] ?? 0),
    pages_2m: seen.pages_2m - trace.start.pages_2m,
    pages_1g: seen.pages_1g,
  };
  expect(disagreement(trace, 0, right)).toBeNull();
  for (const [name, text] of Object.entries({
    splits: 'nx_lpage_splits',
    pages_4k: 'pages_4k',
    pages_2m: 'pages_2m',
    pages_1g: 'pages_1g',
  })) {
    const wrong = { ...right, [name]: right[name as keyof typeof right] + 1 };
    expect(disagreement(trace, 0, wrong)).toMatch(new RegExp(`^${text} \\d+, the kernel \\d+`));
  }
});
