/**
 * Compares exported selftests with the agent of `live`:
 * `node tools/compare_selftests.mjs debian:7.3 SEED CONSOLE… [--contract NAME]`. A CONSOLE is what tools/selftest.mjs has
 * printed of tests called SEED_CASE_test. The agent runs the same programs, without what the tests leave out. Where a test
 * says ok, the agent's numbers must be the expected ones; where it says not ok, those that it prints. Prints each
 * difference, and how many commands were compared. Exit code: 0 if nothing differs, 1 if something does, 2 for a wrong call.
 *
 * The kernel was fetched before. The contract is that of 7.3 unless another one is named.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const from_dist = (name) => require(`../dist/${name}.js`);
const { program_texts } = from_dist('harness/program/text');
const { COMMANDS, VARIANTS } = from_dist('models/catalogue/catalogue');
const { steps_of } = from_dist('models/export/selftest');
const { build_agent } = from_dist('models/live/agent');
const { boot } = from_dist('models/live/boot');
const { cached_kernel } = from_dist('models/live/debian');
const { live_programs } = from_dist('models/live/programs');
const { numbers_of } = from_dist('models/live/seen');
const { LIVE_WORLD: world } = from_dist('models/world/world');

const words = process.argv.slice(2);
const at = words.indexOf('--contract');
const contract_name = at < 0 ? 'linux-7.3' : words.splice(at, 2)[1];
const [kernel, seed, ...consoles] = words;
const contract = VARIANTS.get(contract_name)?.contract;
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kvm-nx-harness');
const files = kernel?.startsWith('debian:') ? cached_kernel(kernel, cache) : null;
if (!files || !contract || consoles.length === 0) {
  console.error(
    'usage: node tools/compare_selftests.mjs debian:7.3 SEED CONSOLE… [--contract NAME]; is the kernel fetched?',
  );
  process.exit(2);
}

/** The results of a test in order: `ok`, `not ok` or `skip`, the command, and the numbers that were printed before it. */
function results_of(printed) {
  const results = [];
  let told = {};
  for (const line of printed.split('\n')) {
    const [, stat, number] = /^# (\w+) (?:is|rises by) (-?\d+), should/.exec(line) ?? [];
    if (stat) told[stat] = Number(number);
    const [, verdict, skip, text] = /^((?:not )?ok) \d+ (# SKIP )?(.*)$/.exec(line) ?? [];
    if (!verdict) continue;
    results.push({ verdict: skip ? 'skip' : verdict, text, told });
    told = {};
  }
  return results;
}

/** What is wrong with a result beside what the agent has read; null if they agree. */
function difference(result, { after: { splits, pages_2m, flushed } }, before, after) {
  const { verdict, told } = result;
  const shown = { nx_lpage_splits: after.splits, pages_2m: after.pages[1] };
  const want = { nx_lpage_splits: splits, pages_2m };
  const wrong = Object.keys(shown).filter((stat) => shown[stat] !== (told[stat] ?? want[stat] ?? shown[stat]));
  const flushes = after.flushes - before.flushes;
  const tested = told.remote_tlb_flush_requests === undefined ? flushed : told.remote_tlb_flush_requests > 0;
  if (flushed !== null && tested !== flushes > 0) wrong.push('flushes');
  if ((verdict === 'ok') !== (Object.keys(told).length === 0)) wrong.push('verdict');
  if (wrong.length === 0) return null;
  return `${wrong.join(', ')}: the test says ${verdict} ${JSON.stringify(told)}, expected ${JSON.stringify({ ...want, flushed })}, the agent ${JSON.stringify({ ...shown, flushes })}`;
}

/** What one test has printed, with the seed and the case in its name. */
const RUN = /^# run (\w+)_(\d+)_test(?:\.sh)?\n(.*?)^# exit /gms;

const { draw } = live_programs(contract, { tdp_mmu: true, nested: true, giant: false });
/** Numbers of commands. Of those compared: `wrong` differ, `open` have a number that is not expected. */
const all = { commands: 0, compared: 0, wrong: 0, open: 0, not_ok: 0, skipped: 0, not_reached: 0 };

/** One test beside the agent. Prints where they differ. */
async function compare(machine, index, printed) {
  const program = draw(seed, index);
  const steps = steps_of({ contract, world, program, leaves_out: true });
  const texts = program_texts(COMMANDS, program);
  const results = results_of(printed);
  const answer = await machine.run(
    world,
    program.filter((_, i) => steps[i].skipped === null),
  );
  const outcomes = [...answer.steps];
  const stub = answer.start.stats;
  let before = numbers_of(stub, stub);
  all.commands += steps.length;
  for (const [i, step] of steps.entries()) {
    const result = results[i];
    const say = (what) => {
      console.log(`${seed}:${index} command ${i + 1}, ${texts[i]}: ${what}`);
      return 1;
    };
    const outcome = step.skipped === null ? outcomes.shift() : null;
    if (!result) {
      all.not_reached++;
      continue;
    }
    const left_out = result.verdict === 'skip';
    if (result.text !== texts[i] || left_out !== (step.skipped !== null))
      all.wrong += say(`the test says ${result.verdict} ${result.text}`);
    if (left_out) {
      all.skipped++;
      continue;
    }
    const stats = outcome?.stats;
    const after = stats ? numbers_of(stats, stub) : null;
    const wrong = after
      ? difference(result, step, before, after)
      : `the agent has read nothing: ${outcome?.why ?? answer.death?.how}`;
    if (wrong !== null) all.wrong += say(wrong);
    all.compared++;
    if (step.after.splits === null || step.after.pages_2m === null) all.open++;
    if (result.verdict === 'not ok') all.not_ok++;
    before = after ?? before;
  }
}

const never = new AbortController().signal;
const machine = await boot(
  { ...files, params: [], agent: await build_agent(cache, never), giant: false },
  () => performance.now(),
  never,
);
for (const file of consoles) {
  const text = readFileSync(file, 'utf8');
  for (const [, name, index, lines] of text.matchAll(RUN))
    if (name === seed) await compare(machine, Number(index), lines);
}
await machine.close();
console.log(`${kernel} (${machine.hello.version}), ${contract_name}:`, all);
process.exit(all.wrong === 0 ? 0 : 1);
