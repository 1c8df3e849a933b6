import { search_behind_port } from '../../../harness/campaign/port';
import { is_flake } from '../../../harness/campaign/port_campaign';
import { CallError } from '../../../harness/errors';
import type { Machine } from '../../../models/live/machine';
import { model_machine, predict } from '../../../models/live/model_machine';
import type { Answer } from '../../../models/live/protocol';
import { live_runner } from '../../../models/live/runner';
import { target_of } from '../../../models/live/target';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { rows_of } from './report';

import { broken, doctored, regressions, search, variant } from './search.fixture';

/** How many regressions are run on a kernel, before the search. */
async function replayed(): Promise<number> {
  const campaign = await search(model_machine(variant('v6.18')), '7.3.4', 'v6.18', 0);
  return regressions.length - campaign.regressions.foreign.length;
}

test('what is seen once and not again is a flake, no verdict', async () => {
  const first = await replayed();
  const machine = doctored('v6.18', (answer, nth) => (nth === first ? more_splits(answer) : answer));
  const campaign = await search(machine, '7.3.4', 'v6.18', 1);
  expect(broken(campaign)).not.toEqual([]);
  expect(campaign.findings.every(is_flake)).toBe(true);
  const target = target_of({ ...machine, hello: { ...machine.hello, version: '7.3.4' } }, LIVE_CLAIMS, 'v6.18');
  for (const row of rows_of(target, campaign, 'test')) expect(row).toMatchObject({ verdict: 'flaky' });
});

function more_splits(answer: Answer): Answer {
  const steps = answer.steps.map((one) => {
    return one.stats ? { ...one, stats: { ...one.stats, nx_lpage_splits: one.stats.nx_lpage_splits + 1 } } : one;
  });
  return { ...answer, steps };
}

/** Every fetch through a nested guest ends like this. */
const at_nested_fetch = (end: (answer: Answer, step: number) => Answer) => {
  return (variant_name: string): Machine => {
    const base = model_machine(variant(variant_name));
    return {
      ...base,
      async run(world, program) {
        const answer = predict(variant(variant_name), world, program);
        const step = program.findIndex(({ name, args }) => name === 'guest_exec' && args['mmu'] === 'shadow');
        return step < 0 ? answer : end(answer, step);
      },
    };
  };
};

test('a kernel that dies is a verdict with its program and its last words; the search goes on', async () => {
  const machine = at_nested_fetch((answer, step) => {
    const death = { how: 'the machine went down', console: ['Kernel panic - not syncing'] };
    return { ...answer, steps: answer.steps.slice(0, step), death };
  })('v6.18');
  const { findings, programs } = await search(machine, '7.3.4', 'v6.18', 10);
  expect(programs).toBe(10);
  expect(findings.map(({ property, program }) => [property, program.map(({ name }) => name)])).toEqual([
    ['primitives-are-used-rightly', ['guest_exec']],
  ]);
  expect(findings[0]?.ran.answer.death?.console).toEqual(['Kernel panic - not syncing']);
});

test('a kernel that warns is a verdict', async () => {
  const machine = at_nested_fetch((answer, step) => {
    const steps = answer.steps.map((one, i) => (i === step ? { ...one, log: ['WARNING: CPU: 0 PID: 1'] } : one));
    return { ...answer, steps };
  })('v6.18');
  const { findings } = await search(machine, '7.3.4', 'v6.18', 10);
  expect(findings.map(({ property, found }) => [property, found.breach.got])).toEqual([
    ['primitives-are-used-rightly', 'WARNING: CPU: 0 PID: 1'],
  ]);
});

/** A kernel without defects that warns at a line of its source after each command of this name. */
function warning_at(lines: Readonly<Record<string, number>>): Machine {
  const base = model_machine(variant('v6.18'));
  return {
    ...base,
    async run(world, program) {
      const answer = await base.run(world, program);
      const steps = answer.steps.map((one, i) => {
        const line = lines[program[i]?.name ?? ''];
        const log = line === undefined ? [] : [`WARNING: CPU: 0 PID: 1 at arch/x86/kvm/mmu/mmu.c:${line} f+0x1/0x2`];
        return { ...one, log: [...one.log, ...log] };
      });
      return { ...answer, steps };
    },
  };
}

test('what one line of the kernel warns of is one finding, wherever it does; two lines are two', async () => {
  const found = async (lines: Record<string, number>) => {
    const { findings } = await search(warning_at(lines), '7.3.4', 'v6.18', 20);
    const fresh = findings.filter(({ known }) => known === null);
    return fresh.map(({ program }) => program.at(-1)?.name).sort();
  };
  expect(await found({ recover: 10, invalidate: 10 })).toHaveLength(1);
  expect(await found({ recover: 10, invalidate: 11 })).toEqual(['invalidate', 'recover']);
});

test('an access that never completes is a verdict', async () => {
  const machine = at_nested_fetch((answer, step) => {
    const failed = { kind: 'failed', stats: null, why: 'it faults again and again', log: [] } as const;
    return { ...answer, steps: [...answer.steps.slice(0, step), failed] };
  })('v6.18');
  const { findings } = await search(machine, '7.3.4', 'v6.18', 10);
  expect(findings.map(({ property }) => property)).toEqual(['guest-accesses-complete']);
});

test('a pass that comes before it is due is a verdict', async () => {
  const base = model_machine(variant('v6.18'));
  const machine: Machine = {
    ...base,
    async run(world, program) {
      const answer = predict(variant('v6.18'), world, program);
      const early = program.findIndex(({ name, args }) => name === 'wait' && args['until'] === 'before_due');
      const steps = answer.steps.map((one, i) => {
        const splits = one.stats?.nx_lpage_splits ?? 0;
        if (!one.stats || i < early || early < 0 || splits === 0) return one;
        return { ...one, stats: { ...one.stats, nx_lpage_splits: splits - 1 } };
      });
      return { ...answer, steps };
    },
  };
  expect(broken(await search(machine, '7.3.4', 'v6.18', 60))).toContain('passes-come-when-due');
});

test.each(['unusable', 'failed', 'cannot'] as const)(
  'where a fresh VM is %s nothing is judged, no regression held or gone',
  async (kind) => {
    const start = { kind, stats: null, why: 'KVM_GET_STATS_FD (Linux 5.14)', log: [] };
    const machine = doctored('v6.18', (answer) => ({ ...answer, start, steps: [] }));
    const { findings, unusable: reasons, regressions: told } = await search(machine, '7.3.4', 'v6.18', 5);
    expect(findings).toEqual([]);
    expect({ ...told, foreign: [] }).toEqual({
      seen: regressions.map(({ name }) => name),
      foreign: [],
      hold: [],
      listed: [],
      gone: [],
      unlisted: [],
    });
    expect(reasons.get(start.why)).toBe(5 + regressions.length - told.foreign.length);
  },
);

test('a machine that does not come up again ends the search, not what it has found', async () => {
  const base = model_machine(variant('B30'));
  let runs = 0;
  const machine: Machine = {
    ...base,
    run: (world, program) => {
      if (runs++ < 400) return base.run(world, program);
      throw new CallError('it does not boot');
    },
  };
  const campaign = await search(machine, '7.3.4', 'v6.18', 1000);
  expect(campaign.broken_off).toBe('it does not boot');
  expect(broken(campaign)).toContain('to-zap-nonzero-when-splits-exist');
});

test('a kernel that warns, and boots for seconds, is told at once, shrunk for 20 s at most, and repeated twice', async () => {
  let clock = 0;
  let boots = 0;
  const slow = at_nested_fetch((answer, step) => {
    clock += 7000;
    boots++;
    const steps = answer.steps.map((one, i) => (i === step ? { ...one, log: ['WARNING: CPU: 0 PID: 1'] } : one));
    return { ...answer, steps };
  })('v6.18');
  const target = target_of({ ...slow, hello: { ...slow.hello, version: '7.3.4' } }, LIVE_CLAIMS, 'v6.18');
  const met: (readonly [string, number])[] = [];
  const { findings } = await search_behind_port(live_runner(target), {
    regressions: [],
    seed: 'slow',
    cases: 3,
    stop: { aborted: false },
    now: () => clock,
    progress: () => {},
    record: () => {},
    tell: ({ property, slow }) => {
      if (slow) met.push([property, clock]);
    },
  });
  const [[property, at] = ['', 0]] = met;
  expect([property, at]).toEqual(['primitives-are-used-rightly', 7000]);
  expect(findings[0]).toMatchObject({ property, replays: 2, again: 2 });
  // Of each program: its first sight, 20 s of shrinking, and two repetitions.
  expect(boots).toBeLessThanOrEqual(3 * (1 + 3 + 2));
});
