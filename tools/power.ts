/**
 * `npm run power`: measures after how many random programs each seeded defect of each baseline is found, and writes
 * `properties/must_fail/power.json`. Run it again when defects are added, or when the same seed draws other programs.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUITE } from '../bin/kvm/suite';
import { random_of_case } from '../harness/generate/seed';
import { programs_until_found, seeded_defects } from '../properties/must_fail/seeded_defects';

const SEEDS = ['power-1', 'power-2', 'power-3', 'power-4', 'power-5'];
const CASES = 5000;

const defects = seeded_defects();
const by_seed = SEEDS.map((seed) => {
  const found = programs_until_found(defects, (index) => SUITE.programs.draw(random_of_case(seed, index)), CASES);
  const never = found.filter((programs) => programs === null).length;
  process.stderr.write(`${seed}: ${defects.length - never} of ${defects.length} defects found in ${CASES} programs\n`);
  return found;
});
const programs: Record<string, Record<string, (number | null)[]>> = {};
for (const [nth, { baseline, name }] of defects.entries()) {
  programs[baseline] = { ...programs[baseline], [name]: by_seed.map((found) => found[nth] ?? null) };
}
const file = join(__dirname, '..', 'properties', 'must_fail', 'power.json');
writeFileSync(file, JSON.stringify({ seeds: SEEDS, cases: CASES, programs }, null, 2));
