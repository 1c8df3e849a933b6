import type { PortCampaign } from '../../../harness/campaign/port_campaign';
import type { Variant } from '../../../models/catalogue/variant';
import * as list from '../../../models/kernel/list';
import * as nx_huge_pages from '../../../models/kernel/nx_huge_pages';
import type { KernelOps } from '../../../models/kernel/ops';
import type { kvm_mmu_page } from '../../../models/kernel/types';
import { listed_properties } from '../../../models/live/known';
import { model_machine } from '../../../models/live/model_machine';
import { live_runner } from '../../../models/live/runner';
import { type Run, target_of } from '../../../models/live/target';
import { LIVE_CLAIMS } from '../../../properties/claims';

import { broken, regressions, search, variant } from './search.fixture';

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
  ['6.12.5', 'linux-6.12', ['B35', 'B38', 'B39', 'B42', 'B57']],
])('an unlisted version, %s, with the defects of %s has nothing new', async (version, shipped, defects) => {
  const campaign = await search(model_machine(variant(shipped)), version, shipped, 100);
  expect(known_names(campaign)).toEqual(defects);
});

test.each([
  ['linux-7.3', '6.18.15'],
  ['linux-6.12', '6.12.130'],
])('%s with the other effect of a write to an entry has nothing new', async (name, version) => {
  const shipped = variant(name);
  const track_write_zaps_parentless_pages = !shipped.ops.track_write_zaps_parentless_pages;
  const kernel = { ...shipped, ops: { ...shipped.ops, track_write_zaps_parentless_pages } };
  const campaign = await search(model_machine(kernel), version, name, 300);
  expect(campaign.findings.filter(({ known }) => known === null)).toEqual([]);
});

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

test('what two kernels of a series were seen to do is listed once for a third', () => {
  const kernels = { '6.12.117': ['huge-pages-return'], '6.12.118': ['huge-pages-return', 'stat-equals-splits'] };
  expect(listed_properties({ kernels }, '6.12.130')).toEqual(['huge-pages-return', 'stat-equals-splits']);
  expect(listed_properties({ kernels }, '6.1.2')).toEqual([]);
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
