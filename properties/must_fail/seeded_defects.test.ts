import { SUITE } from '../../bin/kvm/suite';
import { random_of_case } from '../../harness/generate/seed';
import { power_of_programs } from '../../harness/power';
import measured from './power.json';
import { MEASURED_WITH, power_of, programs_until_found, seeded_defects } from './seeded_defects';

const RENEW = 'npm run power';
const figures = (baseline: string): Readonly<Record<string, readonly (number | null)[]>> =>
  power_of(baseline)?.programs ?? {};

test(`what was measured is exactly what is seeded (${RENEW})`, () => {
  const names = seeded_defects().map(({ baseline, name }) => `${baseline}: ${name}`);
  const in_file = Object.entries(measured.programs).flatMap(([baseline, all]) =>
    Object.keys(all).map((name) => `${baseline}: ${name}`),
  );
  expect([...in_file].sort()).toEqual([...names].sort());
  expect(new Set(names).size).toBe(names.length);
});

test(`each figure is of as many seeds as there are, and within the limit (${RENEW})`, () => {
  const { seeds, cases } = MEASURED_WITH;
  for (const { baseline, name } of seeded_defects()) {
    const all = figures(baseline)[name] ?? [];
    const wrong = all.filter((n) => n !== null && !(Number.isInteger(n) && n >= 1 && n <= cases));
    expect([name, all.length, wrong]).toEqual([name, seeds.length, []]);
  }
});

/** Number of programs of the first seed that run again. Most of the measured numbers are smaller. */
const AGAIN = 40;

test(`the figures of the first seed are found again, as far as ${AGAIN} programs go (${RENEW})`, () => {
  const defects = seeded_defects();
  const [seed = ''] = MEASURED_WITH.seeds;
  const found = programs_until_found(defects, (i) => SUITE.programs.draw(random_of_case(seed, i)), AGAIN);
  const kept = defects.map(({ baseline, name }) => {
    const n = figures(baseline)[name]?.[0] ?? null;
    return n !== null && n <= AGAIN ? n : null;
  });
  expect(found.filter((n) => n !== null).length).toBeGreaterThan(defects.length / 2);
  expect(found).toEqual(kept);
});

test('a kernel as shipped is worth what its baseline is; a name that there is not, nothing', () => {
  expect(power_of('linux-7.3')).toEqual(power_of('v6.18'));
  expect(power_of('v6.18')?.baseline).toBe('v6.18');
});

test('more programs find more, the rarest last', () => {
  const power = {
    baseline: 'b',
    seeds: 3,
    cases: 100,
    programs: { a: [1, 9, 2], b: [50, 40, null], c: [null, null, 7] },
  };
  expect(power_of_programs(power, 10)).toEqual({
    baseline: 'b',
    defects: 3,
    found: [{ name: 'a', programs: 2 }],
    missed: [
      { name: 'b', programs: 50 },
      { name: 'c', programs: null },
    ],
  });
  expect(power_of_programs(power, 50).found.map(({ name }) => name)).toEqual(['a', 'b']);
  // A defect that was never found counts as missed, however many programs run.
  expect(power_of_programs(power, 1e9).missed).toEqual([{ name: 'c', programs: null }]);
});
