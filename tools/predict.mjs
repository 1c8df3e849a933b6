/**
 * Random programs, and what a model makes of them, as recordings: `node tools/predict.mjs MODEL COUNT SEED WORD > FILE.jsonl`.
 * Then `npm start -- live --kernel debian:… --program FILE.jsonl` tells where the kernel does otherwise. MODEL is a model of a
 * kernel as it is shipped, like linux-7.3. Of the programs that `live` draws, the first COUNT are taken in which some command
 * contains WORD: `drop_roots`, `exit_process`, `prefault`, `slot_zap_all=0`, `dirty_log=manual`. Programs about `remap_entry` are
 * drawn in their own world. What the model never ends or crashes in is left out, and so are accesses to L1's page directory, for
 * which programs have no memory. Exit code: 0, or 2 for a wrong call.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const from_dist = (name) => require(`../dist/${name}.js`);
const { program_texts } = from_dist('harness/program/text');
const { COMMANDS, VARIANTS } = from_dist('models/catalogue/catalogue');
const { model_machine } = from_dist('models/live/model_machine');
const { live_programs, programs_about_entries } = from_dist('models/live/programs');
const { trace_of } = from_dist('models/live/record');
const { target_of, with_target } = from_dist('models/world/entries');
const { giga_of_directory, is_nested } = from_dist('models/world/world');

const ABILITIES = { tdp_mmu: true, nested: true, giant: false };
/** A search in which the word is so rare is not meant. */
const TRIED_AT_MOST = 1000;

/** The agent keeps the directory in the first so many 4K pages of its 1G page, and cannot let a guest access them. */
const DIRECTORY_4K_PAGES = 8;

/** The program without accesses that come to L1's page directory. */
function spares_directory(world, program) {
  if (!program.some(({ name, args }) => name === 'remap_entry' && args.size === '2m')) return program;
  const giga_of = (page) => Math.floor(page / world.fan_out);
  const targets = { shadow: 0, shadow2: 0 };
  return program.filter(({ name, args: { mmu, page, to, offset } }) => {
    if (name === 'remap_entry') targets[mmu] = with_target(targets[mmu], giga_of(page), giga_of(to));
    if (!name.startsWith('guest_') || page % world.fan_out > 0 || offset >= DIRECTORY_4K_PAGES) return true;
    const giga = is_nested(mmu) ? target_of(targets[mmu], giga_of(page)) : giga_of(page);
    return giga !== giga_of_directory(world);
  });
}

const [name, count, seed, word] = process.argv.slice(2);
const variant = VARIANTS.get(name);
if (!variant || !/^[1-9]\d*$/.test(count ?? '') || !word) {
  console.error('usage: node tools/predict.mjs linux-7.3 COUNT SEED WORD');
  process.exit(2);
}

const drawn = word.startsWith('remap_entry') ? programs_about_entries : live_programs;
const { world, draw } = drawn(variant.contract, ABILITIES);
const machine = model_machine(variant);
const recorded_as = {
  machine: { ...machine, hello: { ...machine.hello, version: `${name.replace('linux-', '')}.0` } },
};
let left = Number(count);
for (let i = 0, since = 0; left > 0; i++) {
  const program = spares_directory(world, draw(seed, i));
  if (!program_texts(COMMANDS, program).some((text) => text.includes(word))) {
    if (++since === TRIED_AT_MOST) {
      console.error(`none of ${TRIED_AT_MOST} programs in a row contains "${word}"`);
      process.exit(2);
    }
    continue;
  }
  since = 0;
  const answer = await machine.run(world, program);
  const line = trace_of(recorded_as, world, { program, answer, unusable: null });
  if (line === null) continue;
  console.log(line);
  left--;
}
