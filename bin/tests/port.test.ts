/** One engine: a search behind a port, whoever runs its programs, finds what the search on threads finds. */
import { setImmediate } from 'node:timers/promises';
import { type ModelRun, type ModelRunner, model_runner } from '../../harness/campaign/model_runner';
import { type PortSearch, search_behind_port, search_port } from '../../harness/campaign/port';
import { is_flake, type PortCampaign } from '../../harness/campaign/port_campaign';
import type { Runner } from '../../harness/campaign/runner';
import { type CampaignFinding, search } from '../../harness/campaign/search';
import { counterexample_report } from '../../harness/cli/counterexample_report';
import { CallError } from '../../harness/errors';
import { this_thread } from '../../harness/pool/pool';
import type { Program } from '../../harness/program/command';
import { at_once } from '../../harness/program/work';
import { regression_text } from '../../harness/regression/regression';
import { SUITE } from '../kvm/suite';

/** A model in the place of a machine: each property is shrunk once, as `check` does it. */
function runner_of(variant: string): ModelRunner {
  const { follows = [] } = SUITE.variants.get(variant) ?? {};
  return model_runner(
    SUITE,
    variant,
    [...SUITE.properties.values()].filter(({ name }) => !follows.includes(name)),
  );
}

/** The same, answering some time later: a fake port. */
function behind_a_port(variant: string): Runner<ModelRun> {
  const model = runner_of(variant);
  return {
    ...model,
    async run(program) {
      await setImmediate();
      return model.run(program);
    },
  };
}

const CASES = 40;
const quiet = { stop: { aborted: false }, now: () => 0, progress: () => {}, record: () => {} };
const wanted_of = (seed: string): PortSearch<ModelRun> => ({ regressions: [], seed, cases: CASES, ...quiet });

/** Findings, and what is made of them: what is printed, and the regression that is saved. */
function told(variant: string, seed: string, findings: readonly CampaignFinding[]) {
  const rows = findings.map(({ property, program, found, steps, case: index, programs, commands, certificate }) => {
    // How sure it is that nothing is shorter differs: only a model can be searched for that.
    const bare = { ...certificate, certified: false, text: '', states: 0, transitions: 0 };
    const finding = { property, program, found, steps, case: index, programs, commands, certificate: bare };
    const fixture = regression_text(SUITE, variant, null, { seed, index }, finding);
    return { ...finding, told: counterexample_report(SUITE, [finding]), fixture };
  });
  return rows.sort((a, b) => (a.property < b.property ? -1 : 1));
}

const findings_of = ({ findings }: PortCampaign<ModelRun>): CampaignFinding[] =>
  findings.map((one) => ({ ...one, case: one.case ?? -1, broken_in: null }));

/**
 * Defects of counters, of order, of passes; one that crashes; one where what is paused decides. Threads shrink a program from
 * its end, a port from its breach: under some seeds V7 ends in another program, as short.
 */
test.each([
  ['V1', 'port'],
  ['V2', 'port'],
  ['V7', 'port'],
  ['B12', '3'],
  ['B15', 'port'],
  ['B30', 'port'],
])('%s: the same findings, texts and fixtures', async (variant, seed) => {
  const wanted = wanted_of(seed);
  const runner = runner_of(variant);
  const at_hand = at_once(search_port(runner, wanted), (program) => runner.run(program));
  const by_port = await search_behind_port(behind_a_port(variant), wanted);
  expect(by_port).toEqual(at_hand);
  expect(by_port.findings.some(is_flake)).toBe(false);

  // A certificate of one transition proves nothing, and leaves programs as they were shrunk.
  const asked = { variants: [variant], seed, cases: CASES, until: Number.POSITIVE_INFINITY, transitions: 1 };
  const on_threads: CampaignFinding[] = [];
  await search(
    SUITE,
    this_thread(SUITE, () => 0),
    asked,
    ({ findings }) => void on_threads.push(...findings),
  );
  expect(on_threads.length).toBeGreaterThan(0);
  expect(told(variant, seed, findings_of(by_port))).toEqual(told(variant, seed, on_threads));
});

test.each(['V1', 'V7', 'B30'])(
  '%s: a machine that runs four programs at a time has the same campaign',
  async (variant) => {
    const wanted = wanted_of('port');
    const one = await search_behind_port(behind_a_port(variant), wanted);
    const model = runner_of(variant);
    let running = 0;
    let most = 0;
    let drawn = 0;
    let runs = 0;
    const several: Runner<ModelRun> = {
      ...model,
      at_once: 4,
      draw(seed, index) {
        drawn++;
        return model.draw(seed, index);
      },
      async run(program) {
        most = Math.max(most, ++running);
        // Later ones are done earlier.
        for (let turns = runs++ % 7; turns < 7; turns++) await setImmediate();
        running--;
        return model.run(program);
      },
    };
    expect(await search_behind_port(several, wanted)).toEqual(one);
    expect({ most, drawn }).toEqual({ most: 4, drawn: CASES });
  },
);

test('of a machine that runs four programs at a time and dies, what was found until then is kept', async () => {
  const model = runner_of('B30');
  let runs = 0;
  const several: Runner<ModelRun> = {
    ...model,
    at_once: 4,
    async run(program) {
      await setImmediate();
      if (runs++ < 60) return model.run(program);
      throw new CallError('it does not boot');
    },
  };
  const campaign = await search_behind_port(several, wanted_of('port'));
  expect(campaign.broken_off).toBe('it does not boot');
});

test('a machine that does not come up again, while it is asked what commands are for, has its findings all the same', async () => {
  const runner = behind_a_port('V1');
  let gone = false;
  const run_on = (program: Program) => {
    if (gone) throw new CallError('it does not boot');
    return runner.run(program);
  };
  const progress = (text: string) => {
    gone = text.startsWith('finding what each command is for');
  };
  const campaign = await search_behind_port({ ...runner, run: run_on }, { ...wanted_of('port'), progress });
  expect(campaign.broken_off).toBe('it does not boot');
  expect(campaign.findings.length).toBeGreaterThan(0);
  for (const { steps } of campaign.findings) {
    expect(steps.map(({ without }) => without)).toEqual(steps.map(() => null));
    expect(steps.length).toBeGreaterThan(0);
  }
});

test('a conforming model: all programs are run, and nothing is found', async () => {
  const campaign = await search_behind_port(behind_a_port('v6.18'), wanted_of('port'));
  expect(campaign).toMatchObject({ programs: CASES, findings: [], broken_off: null });
});
