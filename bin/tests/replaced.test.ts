/** How often what a user's implementation replaces is asked: what never is has not been tried. */

import { performance } from 'node:perf_hooks';
import { type Campaign, search } from '../../harness/campaign/search';
import { random_of_case } from '../../harness/generate/seed';
import { this_thread, worker_threads } from '../../harness/pool/pool';
import { run } from '../../harness/run/run';
import type { Suite } from '../../harness/suite';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { compile_implementation, load_implementation } from '../../models/implementation';
import type { View } from '../../models/lockstep/session';
import { suite_with } from '../kvm/suite';
import { implementation, with_kernel, worker } from './implementation.fixture';
import { call, rows_of } from './terminal.fixture';

const NOT_ASKED = "finish_pass() { throw new Error('x'); }";
const AS_BEFORE = 'to_zap: nx_huge_pages.to_zap';
const NONE = 'to_zap: () => 0';
const check = (name: string, kernel: string, ...options: string[]) =>
  call(['check', '--implementation', implementation(name, with_kernel(kernel)), '--seed', 's', ...options]);

describe('an entry that the base never calls', () => {
  test.each([['check'], ['explore'], ['replay', 's:0'], ['shrink', 's:0']])(
    'is told by %s, and who calls it; exit code 2',
    async (...argv) => {
      const file = implementation('never', with_kernel(NOT_ASKED));
      const { code, out, err } = await call([...argv, '--implementation', file]);
      expect(err).toHaveLength(1);
      expect(err[0]).toMatch(
        /never\.ts: kernel replaces entries that its base v6\.18 never calls: finish_pass \(called by .*v5\.5, .*v6\.4, \d+ that do not conform\)$/,
      );
      expect(err[0]).not.toContain('v6.18,');
      expect({ code, out }).toEqual({ code: 2, out: [] });
    },
  );

  test('each is told, if there are several', async () => {
    const { code, err } = await check('never-two', `${NOT_ASKED}, tdp_zap_may_yield: true`);
    expect(err[0]).toMatch(/finish_pass \(called by .*\); tdp_zap_may_yield \(called by [^;]*\)$/);
    expect(code).toBe(2);
  });

  test('may be asked by another that is replaced: then it is counted', async () => {
    const kernel = 'recover_nx_huge_pages: nx_huge_pages.recover_one_list, finish_pass: nx_huge_pages.drop_the_lock';
    const { code, out } = await check('asked-by-another', kernel, '--cases', '20', '--transitions', '1', '--json');
    const [{ called }] = out.map((line) => JSON.parse(line));
    expect(called.finish_pass).toEqual(called.recover_nx_huge_pages);
    expect(called.finish_pass.times).toBeGreaterThan(20);
    // The second list is never walked.
    expect(code).toBe(1);
  });

  test('is no green where others are replaced that do not ask it: a line after the report, exit code 2', async () => {
    const { code, out, err } = await check('half-asked', `${AS_BEFORE}, ${NOT_ASKED}`, '--cases', '30');
    expect(out.slice(2, 4)).toEqual(['', expect.stringContaining('half-asked: conforms, as expected (30 programs')]);
    expect(out[4]).toMatch(/^ {2}called {3}to_zap \d+ times in (2\d|30) of 30 programs$/);
    expect(out[5]).toBe('  called   finish_pass 0 times in 0 of 30 programs');
    // What so many programs are worth comes in between.
    expect(out.at(-1)).toMatch(/^rules: \d+ checked, all kept$/);
    expect(out.slice(6, -1).map((line) => line.trim().split(/[ :]/)[0])).toEqual(['POWER', 'next']);
    expect(err).toEqual([
      expect.stringMatching(
        /^half-asked: entries that it replaces were never called in 30 programs: finish_pass \(called by .*\)$/,
      ),
    ]);
    expect(code).toBe(2);
  });

  test('changes nothing where something is broken: exit code 1', async () => {
    const { code, out, err } = await check(
      'half-broken',
      `${NONE}, ${NOT_ASKED}`,
      '--cases',
      '30',
      '--transitions',
      '1',
    );
    expect(out.at(-2)).toContain(
      'half-broken: entries that it replaces were never called in 30 programs: finish_pass (',
    );
    expect(out.at(-1)).toBe('NOT as expected: see above');
    expect({ code, err }).toEqual({ code: 1, err: [] });
  });
});

test('an entry that the base calls may need more programs', async () => {
  const { code, err } = await check('seldom', 'has_never: true', '--cases', '2');
  expect(err).toEqual([
    'seldom: entries that it replaces were never called in 2 programs: has_never (v6.18 calls it in some programs: try more --cases)',
  ]);
  expect(code).toBe(2);
});

test('data is read, and a machine that is made reads some', async () => {
  const { code, out } = await check('data', "lists: ['a', 'b']", '--cases', '10');
  expect(out[4]).toMatch(/^ {2}read {5}lists 1\d times in 10 of 10 programs$/);
  expect(code).toBe(0);
});

test('--json: fields more, and nothing of them where nothing is replaced', async () => {
  const { out } = await check('json', AS_BEFORE, '--cases', '10', '--json');
  const rows = rows_of(out);
  expect(rows[0].called.to_zap.programs).toBeGreaterThan(5);
  for (const { called, counted } of rows) {
    expect({ called, counted }).toEqual({
      called: { to_zap: { times: rows[0].called.to_zap.times, programs: rows[0].called.to_zap.programs } },
      counted: 10,
    });
  }
  const { out: others } = await call(['check', 'v6.18', '--cases', '10', '--seed', 's', '--json']);
  for (const row of rows_of(others)) expect(row).not.toHaveProperty('called');
});

test('who is interrupted is not told that something was never called', async () => {
  const interrupt = new AbortController();
  interrupt.abort();
  const file = implementation('interrupted', with_kernel(`${AS_BEFORE}, ${NOT_ASKED}`));
  const argv = ['check', '--implementation', file, '--cases', '30', '--seed', 's'];
  const { code, out, err } = await call(argv, { signal: interrupt.signal });
  expect(out.at(-1)).toBe('interrupted: this is what was found so far');
  expect({ code, err }).toEqual({ code: 130, err: [] });
});

/** What a campaign of so many threads counts, one after the other. */
async function counted(suite: Suite<View>, name: string, size: number, cases: number, transitions = 0) {
  const pool = { ...this_thread(suite, () => performance.now()), size };
  const campaigns: Campaign[] = [];
  const wanted = { variants: [name], seed: 's', cases, until: Number.POSITIVE_INFINITY, transitions };
  await search(suite, pool, wanted, (one) => campaigns.push(one));
  const [campaign] = campaigns;
  if (!campaign) throw new Error('no campaign');
  return { called: campaign.called, programs: campaign.counted, findings: campaign.findings.length };
}

describe('what is counted', () => {
  const KERNEL = `${NONE}, vm_list: (kvm) => (kvm.other ? [kvm.other, kvm] : [kvm]), has_never: true`;
  const own = load_implementation(compile_implementation(implementation('counted', with_kernel(KERNEL))));
  const suite = suite_with(own);

  test('are the random programs, whole, and nothing else', async () => {
    const calls = own.calls ?? new Map();
    const before = [...calls].map(([name, { times }]) => [name, times] as const);
    const programs = Array.from({ length: 40 }, (_, index) => suite.programs.draw(random_of_case('s', index)));
    for (const program of programs) run(suite.start('counted'), program, [], { to_the_end: true });
    const times = before.map(([name, n]) => [name, calls.get(name).times - n]);
    // To shrink what it breaks, and to prove it shortest, takes many programs more.
    const { called, findings } = await counted(suite, 'counted', 1, 40, 1000);
    expect(findings).toBeGreaterThan(0);
    expect(Object.entries(called).map(([name, one]) => [name, one.times])).toEqual(times);
    expect(called['to_zap']?.times).toBeGreaterThan(100);
  });

  test('is the same for any number of threads', async () => {
    const alone = await counted(suite, 'counted', 1, 60);
    expect(await counted(suite, 'counted', 3, 60)).toEqual(alone);
    expect(alone.programs).toBe(60);
  });

  test('is the same, too, where all properties have been broken before the end', async () => {
    const [property] = [...suite.properties.values()].filter(({ name }) => name === 'passes-take-their-share');
    if (!property) throw new Error('the property has another name by now');
    const one = { ...suite, properties: new Map([[property.name, property]]), goals: new Map() };
    const alone = await counted(one, 'counted', 1, 60);
    expect(await counted(one, 'counted', 7, 60)).toEqual(alone);
    expect(alone.called).toEqual((await counted(suite, 'counted', 1, 60)).called);
  });

  test('of one that hangs: what comes before the first case that does', async () => {
    const spins = `to_zap(kvm, list, ratio) {
      const n = nx_huge_pages.to_zap(kvm, list, ratio);
      while (n === 4) {}
      return n;
    }`;
    const compiled = compile_implementation(implementation('spins-at-four', with_kernel(spins)));
    const spinning = suite_with(load_implementation(compiled));
    const of_threads = async (size: number) => {
      const pool = worker_threads(worker, size, compiled, 3);
      const campaigns: Campaign[] = [];
      const wanted = {
        variants: ['spins-at-four'],
        seed: 'u',
        cases: 60,
        until: Number.POSITIVE_INFINITY,
        transitions: 0,
      };
      // To shrink what hangs takes a second for each try: who wants an end, gets it as it is.
      await search(spinning, { ...pool, stopped: () => true }, wanted, (one) => campaigns.push(one)).finally(
        pool.close,
      );
      return campaigns.map(({ called, counted, uncalled, findings }) => {
        return { called, counted, uncalled, cases: findings.map((one) => one.case) };
      });
    };
    const alone = await of_threads(1);
    expect(await of_threads(3)).toEqual(alone);
    expect(alone).toMatchObject([{ counted: 36, uncalled: [], cases: [36] }]);
    expect(alone[0]?.called['to_zap']?.programs).toBeGreaterThan(10);
  }, 120_000);
});

describe('list --ops', () => {
  test('a row for each entry: what it decides, and who calls it', async () => {
    const { code, out } = await call(['list', '--ops']);
    expect(out[0]).toMatch(/^entry +doc +called by$/);
    expect(out).toHaveLength(1 + Object.keys(VARIANTS.get('v6.18')?.ops ?? {}).length);
    expect(out).toContainEqual(
      expect.stringMatching(/^to_zap +Says how many pages of a list a pass takes at most\. +all$/),
    );
    expect(out).toContainEqual(expect.stringMatching(/^finish_pass +Ends a pass .*\. +all but .*v6\.18, /));
    expect(out).toContainEqual(expect.stringMatching(/^tdp_zap_may_yield .*\. +v5\.10, v5\.12, /));
    expect(code).toBe(0);
  });

  test('--json: an object a line, all that is said of it', async () => {
    const { out } = await call(['list', '--ops', '--json']);
    const rows = out.map((line) => JSON.parse(line));
    for (const row of rows) expect(Object.keys(row)).toEqual(['version', 'name', 'doc', 'asked_by']);
    const { doc, asked_by } = rows.find(({ name }) => name === 'create_worker_once');
    expect(doc).toMatch(
      /^Creates the worker .* Kernel: kvm_mmu_post_init_vm\(\), mmu\.c, 6\.14 on\. Locks: none\. Caller: .* Asked: from 6\.14\.$/,
    );
    expect(asked_by).toContain('v6.18');
    expect(asked_by).not.toContain('v6.4');
  });

  test('--schema is something else', async () => {
    const { code, err } = await call(['list', '--ops', '--schema']);
    expect({ code, err }).toEqual({ code: 2, err: ['--ops and --schema: one or the other, not both'] });
  });
});
