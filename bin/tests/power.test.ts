/** What a check that finds nothing is worth is said from what was measured. */
import { power_of_programs } from '../../harness/power';
import { SUITE } from '../kvm/suite';
import { implementation, with_kernel } from './implementation.fixture';
import { call, rows_of } from './terminal.fixture';

const check = (...argv: readonly string[]) => call(['check', ...argv, '--cases', '20', '--seed', 's']);
const measured = () => {
  const power = SUITE.power('v6.18');
  if (!power) throw new Error('nothing was measured');
  return power_of_programs(power, 20);
};

test('after `conforms`: how many of the seeded defects so many programs find', async () => {
  const { defects, found, missed } = measured();
  const { out } = await check('v6.18');
  const text = out.join('\n');
  expect(text).toContain(`  POWER     20 programs find ${found.length} of ${defects} defects seeded in v6.18; half`);
  expect(text).toContain(`the rarest ("${found.at(-1)?.name}") within ${found.at(-1)?.programs}`);
  expect(text).toContain(`next: "${missed[0]?.name}" takes ${missed[0]?.programs} programs`);
});

test('with --json, a field of each that conforms, and none of a defect', async () => {
  const { found, missed, defects } = measured();
  const { out } = await check('v6.18', 'V1', '--json');
  const rows = out.map((line) => JSON.parse(line)).filter(({ power }) => power);
  expect(new Set(rows.map(({ variant }) => variant))).toEqual(new Set(['v6.18']));
  expect(rows[0]).toMatchObject({
    property: expect.any(String),
    power: { baseline: 'v6.18', programs: 20, defects, found: found.length, rarest: found.at(-1), missed },
  });
});

test("of a user's own, the defects of its base count; of one that breaks something, none", async () => {
  const fine = implementation('fine', with_kernel('to_zap: (...all) => nx_huge_pages.to_zap(...all)'));
  const wrong = implementation('wrong', with_kernel('to_zap: () => 0'));
  expect((await check('--implementation', fine)).out.join('\n')).toContain('defects seeded in v6.18');
  expect((await check('--implementation', wrong)).out.join('\n')).not.toContain('POWER');
});

describe('--verbose', () => {
  test('names the commands and pairs that occur least', async () => {
    const { out } = await check('v6.18', '--verbose');
    const [commands, pairs] = out.filter((line) => line.startsWith('least frequent'));
    expect(commands).toMatch(/^least frequent, of the first 20 programs: \w+ \d+\.\d %, /);
    expect(pairs).toMatch(/^least frequent pairs that can concern each other: \w+ … \w+ \d+\.\d %, /);
  });

  test('with --json, has all counts', async () => {
    const { out } = await check('v6.18', '--verbose', '--json');
    const { frequency } = rows_of(out).at(-1);
    expect(frequency).toMatchObject({ seed: 's', programs: 20 });
    expect(Object.keys(frequency.commands).sort()).toEqual([...SUITE.commands.keys()].sort());
    const [first, second] = frequency.pairs;
    expect(first.programs).toBeLessThanOrEqual(second.programs);
    expect(Object.keys(first)).toEqual(['first', 'then', 'programs']);
  });

  test('without it nothing is counted', async () => {
    expect((await check('v6.18')).out.join('\n')).not.toContain('least frequent');
  });
});

test('of what is broken, `often` says in how many programs', async () => {
  const { out } = await check('V1', '--json');
  const rows = out.map((line) => JSON.parse(line)).filter(({ verdict }) => verdict === 'violates');
  expect(rows.length).toBeGreaterThan(1);
  const { out: lines } = await check('V1');
  for (const { property, broken_in } of rows) {
    expect(broken_in).toBeGreaterThan(1);
    expect(lines).toContain(`  often   ${property}: in ${broken_in} of 20 programs`);
  }
});
