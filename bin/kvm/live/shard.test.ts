/** What several processes find on a kernel is what one finds. A model is the kernel. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Delivery } from '../../../harness/cli/ci/deliver';
import type { Verdict } from '../../../harness/cli/ci/verdict';
import type { Call } from '../../../harness/cli/cli';
import { NO_JOURNAL } from '../../../harness/cli/journal';
import { new_ledger } from '../../../harness/cli/ledger';
import { type Part, part_writer, read_part, whole_of } from '../../../harness/shard/part';
import type { Share } from '../../../harness/shard/share';
import { VARIANTS } from '../../../models/catalogue/catalogue';
import type { Variant } from '../../../models/catalogue/variant';
import type { Machine } from '../../../models/live/machine';
import { model_machine } from '../../../models/live/model_machine';
import { target_of } from '../../../models/live/target';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { search_kernel } from './search';
import { machine_of_shards } from './shard';

const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();

/** A call of `live` on this machine: all that it prints, its verdicts, and how it ends. */
async function live(machine: Machine, contract: string, cases: number, more: Partial<Call> = {}, share?: Share) {
  const out: string[] = [];
  const err: string[] = [];
  const verdicts: Verdict[] = [];
  const delivery: Delivery = { ktap: false, tell: (told) => void verdicts.push(...told) };
  const call: Call = { words: [], flag: () => false, text: () => undefined, ...more };
  const terminal = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
    progress: () => {},
    now: () => 0,
    env: {},
    signal,
  };
  const origin = { command: 'live', words: [], options: {}, seed: 'test', build: '', alphabet: '', own: null };
  const lines: string[] = [];
  const write = (fields: object) => {
    lines.push(JSON.stringify({ version: 1, ...fields }));
    return lines.at(-1) ?? '';
  };
  const part = share ? { share, writer: part_writer(origin, share, write) } : null;
  const target = target_of(machine, LIVE_CLAIMS, contract);
  const ledger = new_ledger();
  const wanted = { seed: 'test', cases, until: Number.POSITIVE_INFINITY };
  const code = await search_kernel(target, call, terminal, ledger, NO_JOURNAL, wanted, delivery, part);
  return { shown: { code, out, verdicts, missing: ledger.missing(), doubts: ledger.doubts }, lines };
}

const JSON_ONLY = { flag: (name: string) => name === 'json' };

async function shards(machine: Machine, contract: string, cases: number, of: number): Promise<Part[]> {
  const parts: Part[] = [];
  for (let index = 0; index < of; index++) {
    const { lines, shown } = await live(machine, contract, cases, JSON_ONLY, { index, of });
    expect(shown).toEqual({ code: 0, out: [], verdicts: [], missing: [], doubts: [] });
    const file = join(folder, `${index}-of-${of}.json`);
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
    parts.push(await read_part(file, signal));
  }
  return whole_of(parts);
}

function kernel(name: string, version: string, more: Partial<Machine> = {}): Machine {
  const machine = model_machine(VARIANTS.get(name) as Variant);
  return { ...machine, hello: { ...machine.hello, version }, ...more };
}

const SHARDS = [2, 3, 7, 16];
/** For a kernel of which hardly a program is as it should be: every one is compared with all sets of known defects. */
const FEW = [3, 7];
const ALL = { flag: (name: string) => name === 'all' };

test.each<[string, Machine, string, number, number[]?]>([
  ['a kernel without defects', kernel('v6.18', '7.3.4'), 'v6.18', 40],
  ['a kernel with known defects', kernel('linux-6.1', '6.1.192'), 'v6.1', 120],
  ['a defect that is known of newer kernels', kernel('B30', '7.3.4', { vms: 3 }), 'v6.18', 40],
  ['a defect that nobody knows', kernel('B15', '6.2.1'), 'v6.2', 60],
  ['what no regression shows', kernel('v6.1', '6.2.1'), 'v6.2', 60],
  ['what no regression shows, of an old kernel', kernel('v5.5', '5.10.1'), 'v5.10', 12, FEW],
  ['a kernel that dies', kernel('V2', '5.10.1'), 'patch-v1-fixed', 30, FEW],
])('%s: the shards put together are the whole', async (_, machine, contract, cases, counts = SHARDS) => {
  const whole = (await live(machine, contract, cases)).shown;
  const in_full = (await live(machine, contract, cases, ALL)).shown;
  for (const of of counts) {
    const parts = await shards(machine, contract, cases, of);
    const together = machine_of_shards(parts);
    expect((await live(together, contract, cases, { parts })).shown).toEqual(whole);
    if (of === 3) expect((await live(together, contract, cases, { ...ALL, parts })).shown).toEqual(in_full);
  }
});

test('shards of two kernels are not put together', async () => {
  const [one] = await shards(kernel('v6.18', '7.3.4'), 'v6.18', 2, 2);
  const [, two] = await shards(kernel('v6.18', '7.3.5'), 'v6.18', 2, 2);
  expect(() => machine_of_shards([one as Part, two as Part])).toThrow(/ are of two kernels: v6\.18 .* and v6\.18 /);
});

test('what no shard has run is told, and not made up', async () => {
  const machine = kernel('B30', '7.3.4');
  const parts = await shards(machine, 'v6.18', 4, 2);
  const without = parts.map((part) => ({
    ...part,
    results: new Map([...part.results].filter(([key]) => key !== 'case 2')),
  }));
  await expect(live(machine_of_shards(parts), 'v6.18', 4, { parts: without })).rejects.toThrow(
    /no shard has run what is to be run now \(case 2\)/,
  );
});
