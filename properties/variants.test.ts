import { performance } from 'node:perf_hooks';
import { SUITE } from '../bin/kvm/suite';
import { type Campaign, search } from '../harness/campaign/search';
import { this_thread } from '../harness/pool/pool';

const variants = [...SUITE.variants.values()];
const now = () => performance.now();

async function campaign(name: string, cases: number, suite = SUITE, size = 1): Promise<Campaign> {
  const pool = { ...this_thread(suite, now), size };
  const campaigns: Campaign[] = [];
  const wanted = { variants: [name], seed: 'jest', cases, until: Number.POSITIVE_INFINITY, transitions: 0 };
  await search(suite, pool, wanted, (one) => campaigns.push(one));
  return { ...(campaigns[0] as Campaign), seconds: 0 };
}

describe('each variant does exactly what is expected of it', () => {
  const defects = variants.filter(({ violates }) => violates.length > 0);
  test.each(defects)('$name violates $violates', async ({ name, violates }) => {
    const found = (await campaign(name, 300)).findings.map(({ property }) => property);
    expect(found.sort()).toEqual([...violates].sort());
  });

  const conforming = variants.filter(({ violates }) => violates.length === 0);
  test.each(conforming)('$name conforms, and the search reaches every goal', async ({ name }) => {
    const { findings, unreached } = await campaign(name, 1000);
    expect(findings).toEqual([]);
    expect(unreached).toEqual([]);
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
