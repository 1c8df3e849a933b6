import { performance } from 'node:perf_hooks';
import { SUITE } from '../bin/kvm/suite';
import { type Campaign, search } from '../harness/campaign/search';
import {
  breaks_nothing_else,
  breaks_what_it_says,
  type RandomPrograms,
  test_bed_of,
  unmet,
} from '../harness/expectation';
import { random_of_case } from '../harness/generate/seed';
import { this_thread } from '../harness/pool/pool';
import type { Program } from '../harness/program/command';

const variants = [...SUITE.variants.values()];
const now = () => performance.now();

async function campaign(name: string, cases: number, suite = SUITE, size = 1): Promise<Campaign> {
  const pool = { ...this_thread(suite, now), size };
  const campaigns: Campaign[] = [];
  const wanted = { variants: [name], seed: 'jest', cases, until: Number.POSITIVE_INFINITY, transitions: 0 };
  await search(suite, pool, wanted, (one) => campaigns.push(one));
  return { ...(campaigns[0] as Campaign), seconds: 0 };
}

const drawn: Program[] = [];
const programs = (last: number): RandomPrograms => ({
  first: 0,
  last,
  program(i) {
    drawn[i] ??= SUITE.programs.draw(random_of_case('jest', i));
    return drawn[i];
  },
});
const bed = test_bed_of(SUITE);

describe('each variant does exactly what is expected of it', () => {
  const defects = variants.filter(({ violates }) => violates.length > 0);
  test.each(defects)('$name violates $violates', (variant) => {
    expect(unmet(bed, breaks_what_it_says(variant), programs(300))).toBeNull();
    expect(unmet(bed, breaks_nothing_else(variant), programs(300))).toBeNull();
  });

  const conforming = variants.filter(({ violates }) => violates.length === 0);
  test.each(conforming)('$name conforms, and the search reaches every goal', (variant) => {
    const goals = [...SUITE.goals.values()];
    expect(unmet(bed, breaks_nothing_else(variant, goals), programs(1000))).toBeNull();
  });
});

test('a goal that is never reached is reported', async () => {
  const goals = new Map([['never', { name: 'never', claim: 'never', reached: () => false }]]);
  const { unreached } = await campaign('v6.18', 1000, { ...SUITE, goals });
  expect(unreached).toEqual(['never']);
});

test('three shards find what one run finds', async () => {
  expect(await campaign('linux-7.3', 200, SUITE, 3)).toEqual(await campaign('linux-7.3', 200));
});
