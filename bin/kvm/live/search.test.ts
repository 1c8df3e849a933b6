import { search_behind_port } from '../../../harness/campaign/port';
import { is_flake, type PortCampaign } from '../../../harness/campaign/port_campaign';
import { CallError } from '../../../harness/errors';
import { read_regressions } from '../../../harness/regression/regression';
import { VARIANTS } from '../../../models/catalogue/catalogue';
import type { Variant } from '../../../models/catalogue/variant';
import * as list from '../../../models/kernel/list';
import * as nx_huge_pages from '../../../models/kernel/nx_huge_pages';
import type { KernelOps } from '../../../models/kernel/ops';
import type { kvm_mmu_page } from '../../../models/kernel/types';
import { listed_properties } from '../../../models/live/known';
import type { Machine } from '../../../models/live/machine';
import { model_machine, predict } from '../../../models/live/model_machine';
import type { Answer } from '../../../models/live/protocol';
import { live_runner } from '../../../models/live/runner';
import { type Run, target_of } from '../../../models/live/target';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { SUITE } from '../suite';
import { rows_of } from './report';

const variant = (name: string): Variant => VARIANTS.get(name) as Variant;
const regressions = read_regressions(SUITE);

/** A search with a model in the kernel's place; the version decides what is known of it. */
async function search(machine: Machine, version: string, contract: string, cases: number): Promise<PortCampaign<Run>> {
  const of_version = { ...machine, hello: { ...machine.hello, version } };
  const target = target_of(of_version, LIVE_CLAIMS, contract);
  const quiet = { stop: new AbortController().signal, now: () => 0, progress: () => {}, record: () => {} };
  return search_behind_port(live_runner(target), { regressions, seed: 'test', cases, ...quiet });
}

const broken = ({ findings }: PortCampaign<Run>) =>
  [...new Set(findings.flatMap(({ property, also }) => [property, ...also]))].sort();
const known_names = ({ findings }: PortCampaign<Run>) => findings.map(({ known }) => known).sort();

const VERSIONS: Record<string, string> = { 'v5.18': '5.18.1', 'v6.1': '6.1.192', 'v6.2': '6.12.117', 'v6.18': '7.3.4' };

test.each(Object.entries(VERSIONS))(
  'no false alarm: a kernel without defects (%s) holds',
  async (baseline, version) => {
    const {
      findings,
      programs,
      regressions: replayed,
    } = await search(model_machine(variant(baseline)), version, baseline, 150);
    expect(findings).toEqual([]);
    expect(programs).toBe(150);
    expect(replayed.listed).toEqual([]);
  },
);

/** What each property is broken by. */
const CAUGHT: readonly (readonly [string, Variant, string])[] = [
  ['to-zap-nonzero-when-splits-exist', variant('B30'), 'v6.18'],
  ['stat-equals-splits', variant('B38'), 'v6.18'],
  ['huge-pages-return', variant('B37'), 'v6.18'],
  ['passes-take-their-share', variant('B30'), 'v6.18'],
  ['passes-flush-what-they-zap', variant('B2'), 'v5.10'],
  ['dirty-logged-tables-stay', variant('B15'), 'v6.2'],
  ['pages-are-mapped-as-they-must-be', variant('v6.1'), 'v6.2'],
  ['primitives-are-used-rightly', variant('V2'), 'patch-v1-fixed'],
  ['cleared-pages-are-small', variant('B41'), 'v6.1'],
  ['roots-outlive-their-vcpus', variant('B49'), variant('B49').base ?? ''],
];

test.each(CAUGHT)('%s is broken by a kernel that has it coming', async (property, guilty, contract) => {
  const campaign = await search(model_machine(guilty), '7.3.4', contract, 200);
  expect(broken(campaign)).toContain(property);
});

test('every property for real kernels has its defect here', () => {
  const by_answers = ['guest-accesses-complete', 'passes-come-when-due'];
  expect([...CAUGHT.map(([property]) => property), ...by_answers].sort()).toEqual([...LIVE_CLAIMS.keys()].sort());
});

test('a kernel as it shipped has nothing but its known defects, each once', async () => {
  const campaign = await search(model_machine(variant('linux-7.3')), '7.3.4', 'linux-7.3', 100);
  const { findings } = campaign;
  expect(findings.filter(({ known }) => known === null)).toEqual([]);
  expect(known_names(campaign)).toEqual(['B30', 'B35', 'B37', 'B38', 'B39', 'B42']);
  expect(campaign.fixed).toEqual([]);
  expect(broken(campaign)).toEqual(
    [
      'huge-pages-return',
      'passes-take-their-share',
      'primitives-are-used-rightly',
      'stat-equals-splits',
      'to-zap-nonzero-when-splits-exist',
    ].sort(),
  );
  expect(campaign.regressions.gone).toEqual([]);
});

test.each([
  ['7.2.13', 'linux-7.3', ['B30', 'B35', 'B37', 'B38', 'B39', 'B42']],
  ['6.18.2', 'linux-7.3', ['B30', 'B35', 'B37', 'B38', 'B39', 'B42']],
  ['6.16.9', 'linux-6.17', ['B35', 'B37', 'B38', 'B39', 'B42']],
  ['6.12.5', 'linux-6.12', ['B35', 'B38', 'B39', 'B42']],
])('an unlisted version, %s, with the defects of %s has nothing new', async (version, shipped, defects) => {
  const campaign = await search(model_machine(variant(shipped)), version, shipped, 100);
  expect(known_names(campaign)).toEqual(defects);
});

test.each(['linux-7.3', 'linux-6.12'])(
  '%s with the other effect of a write to an entry has nothing new',
  async (name) => {
    const shipped = variant(name);
    const track_write_zaps_parentless_pages = !shipped.ops.track_write_zaps_parentless_pages;
    const kernel = { ...shipped, ops: { ...shipped.ops, track_write_zaps_parentless_pages } };
    const campaign = await search(model_machine(kernel), '6.18.15', name, 300);
    expect(campaign.findings.filter(({ known }) => known === null)).toEqual([]);
  },
);

test.each([
  ['B30', 'linux-7.3-b30-fixed'],
  ['B35, B37, B38, B39, B42', 'B30'],
])('a kernel that has fixed %s is said to have', async (fixed, kernel) => {
  const campaign = await search(model_machine(variant(kernel)), '7.3.4', 'v6.18', 60);
  expect(campaign.fixed.sort()).toEqual(fixed.split(', '));
  expect(campaign.findings.filter(({ known }) => known === null)).toEqual([]);
});

test('a run that shows a defect does not count it as fixed, whatever else is found', async () => {
  const shipped = model_machine(variant('linux-7.3'));
  const target = target_of({ ...shipped, hello: { ...shipped.hello, version: '7.3.4' } }, LIVE_CLAIMS, 'linux-7.3');
  const runner = live_runner(target);
  for (const regression of regressions.filter(runner.applies))
    expect([regression.name, runner.fixed(await runner.run(regression.parsed))]).toEqual([regression.name, []]);
});

test('a defect that no regression lists for this kernel is new, and shrunk', async () => {
  const campaign = await search(model_machine(variant('B30')), '6.12.117', 'v6.18', 40);
  const fresh = campaign.findings.filter(({ known }) => known === null);
  const shortest = fresh.filter(({ property }) => property === 'to-zap-nonzero-when-splits-exist');
  expect(Math.min(...shortest.map(({ program }) => program.length))).toBe(4);
});

test('a new defect is one finding, whatever properties it breaks, by whichever pass', async () => {
  const base = variant('v6.2');
  const to_zap: KernelOps['to_zap'] = (kvm, _list, ratio) => Math.floor(kvm.stat.nx_lpage_splits / ratio);
  const rounds_down = { ...base, ops: { ...base.ops, to_zap } };
  const { findings } = await search(model_machine(rounds_down), '6.12.117', 'v6.2', 60);
  expect(findings.map(({ property, also, known }) => [[property, ...also].sort(), known])).toEqual([
    [['passes-take-their-share', 'to-zap-nonzero-when-splits-exist'], null],
  ]);
});

test('a new defect of both MMUs is one finding', async () => {
  const base = variant('v6.2');
  const to_zap: KernelOps['to_zap'] = (kvm, list, ratio) => Math.min(1, Number(base.ops.to_zap(kvm, list, ratio)));
  const one_at_most = { ...base, ops: { ...base.ops, to_zap } };
  const { findings } = await search(model_machine(one_at_most), '6.12.117', 'v6.2', 60);
  expect(findings.map(({ property, program, known }) => [property, program.length, known])).toEqual([
    ['passes-take-their-share', 3, null],
  ]);
});

test('what only follows from a new defect is no finding of its own', async () => {
  const base = variant('v6.2');
  const track: KernelOps['track_possible_nx_huge_page'] = (kvm, sp, type) => {
    const { nx_lpage_splits } = kvm.stat;
    base.ops.track_possible_nx_huge_page(kvm, sp, type);
    if (sp.tdp_mmu_page) kvm.stat.nx_lpage_splits = nx_lpage_splits;
  };
  const never_counts = { ...base, ops: { ...base.ops, track_possible_nx_huge_page: track } };
  const { findings } = await search(model_machine(never_counts), '6.12.117', 'v6.2', 60);
  const fresh = findings.filter(({ known }) => known === null);
  expect(fresh.map(({ property, program }) => [property, program.length])).toEqual([['stat-equals-splits', 1]]);
});

test('a regression that is listed and holds is said to be gone', async () => {
  const { regressions: replayed } = await search(model_machine(variant('v6.18')), '7.3.4', 'v6.18', 0);
  expect(replayed.gone).toContain('shadow-splits-never-recovered');
});

/** A machine that answers as the model of this variant does, but for what is done to the answers. */
function doctored(name: string, doctor: (answer: Answer, nth: number) => Answer): Machine {
  let nth = 0;
  const base = model_machine(variant(name));
  return { ...base, run: async (world, program) => doctor(predict(variant(name), world, program), nth++) };
}

/** How many regressions are run on a kernel, before the search. */
async function replayed(): Promise<number> {
  const campaign = await search(model_machine(variant('v6.18')), '7.3.4', 'v6.18', 0);
  return regressions.length - campaign.regressions.foreign.length;
}

test('what two kernels of a series were seen to do is listed once for a third', () => {
  const kernels = { '6.12.117': ['huge-pages-return'], '6.12.118': ['huge-pages-return', 'stat-equals-splits'] };
  expect(listed_properties({ kernels }, '6.12.130')).toEqual(['huge-pages-return', 'stat-equals-splits']);
  expect(listed_properties({ kernels }, '6.1.2')).toEqual([]);
});

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

/** A page joins its list at this place, counted from the front: which pages a pass takes first is no promise. */
const listed_at = (place: (pages: readonly kvm_mmu_page[], sp: kvm_mmu_page) => number): Variant => {
  const base = variant('v6.18');
  const track: KernelOps['track_possible_nx_huge_page'] = (kvm, sp, type) => {
    base.ops.track_possible_nx_huge_page(kvm, sp, type);
    const head = nx_huge_pages.list_of(kvm, type).pages;
    const pages: kvm_mmu_page[] = [];
    list.list_length(kvm, head, pages);
    const others = pages.filter((one) => one !== sp);
    const behind = others.slice(place(others, sp));
    for (const one of [sp, ...behind]) list.list_del_init(one.possible_nx_huge_page_link);
    for (const one of [sp, ...behind]) list.list_add_tail(one.possible_nx_huge_page_link, head);
  };
  return { ...base, ops: { ...base.ops, track_possible_nx_huge_page: track } };
};

test.each([
  ['the newest', () => 0],
  ['any', (pages: readonly unknown[], { gfn }: kvm_mmu_page) => gfn % (pages.length + 1)],
  [
    'the largest',
    (pages: readonly kvm_mmu_page[], { role }: kvm_mmu_page) =>
      pages.filter((one) => one.role.level > role.level).length,
  ],
])('no false alarm: a kernel whose passes take %s first holds', async (_, place) => {
  const { findings, undecided, commands } = await search(model_machine(listed_at(place)), '7.3.4', 'v6.18', 200);
  expect(findings).toEqual([]);
  expect(undecided / commands).toBeLessThan(0.01);
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
  // Its first sight, 20 s of shrinking, two repetitions, and what the other programs show.
  expect(boots).toBeLessThanOrEqual(1 + 3 + 2 + 2 * 4);
});
