import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { suite_with } from '../bin/kvm/suite';
import { type Campaign, search } from '../harness/campaign/search';
import { this_thread } from '../harness/pool/pool';
import * as api from './api';
import { never_asked_by } from './catalogue/asked';
import { VARIANTS } from './catalogue/catalogue';
import { compile_implementation, load_implementation } from './implementation';

const implementations = join(__dirname, '..', 'bin', 'tests', 'implementations');

describe('the default of each entry can be written with what the package exports alone', () => {
  const files = [
    ['every-entry', 'v6.18'],
    ['every-entry-of-5.12', 'v5.12'],
    ['every-entry-of-5.10', 'v5.10'],
    ['every-entry-of-patch-v1', 'patch-v1-fixed'],
  ] as const;
  test.each(files)('%s is %s again', async (name, base) => {
    const own = load_implementation(compile_implementation(join(implementations, `${name}.ts`)));
    expect(own.base).toBe(base);
    expect([...(own.calls?.keys() ?? [])].sort()).toEqual(Object.keys(VARIANTS.get(base)?.ops ?? {}).sort());
    const suite = suite_with(own);
    const campaigns: Campaign[] = [];
    const wanted = { variants: [name], seed: 'main', cases: 150, until: Number.POSITIVE_INFINITY, transitions: 0 };
    await search(
      suite,
      this_thread(suite, () => performance.now()),
      wanted,
      (one) => campaigns.push(one),
    );
    expect(campaigns[0]?.findings).toEqual([]);
    // And what nobody asks of the base is what nobody asked here.
    expect([...(campaigns[0]?.uncalled ?? [])].sort()).toEqual([...never_asked_by(base)].sort());
  });
});

describe('names stay', () => {
  test('all that was exported is exported', () => {
    const names: string[] = JSON.parse(readFileSync(join(implementations, 'kept', 'names.json'), 'utf8'));
    const exported = Object.entries(api).flatMap(([name, value]) => [
      name,
      ...(typeof value === 'object' ? Object.keys(value).map((member) => `${name}.${member}`) : []),
    ]);
    expect(names.filter((name) => !exported.includes(name))).toEqual([]);
  });

  test('and all types', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
    const file = join(folder, 'types.ts');
    writeFileSync(
      file,
      `import type { ${TYPES.join(', ')} } from 'kvm-nx-harness';\nexport type All = [${TYPES.join(', ')}];`,
    );
    try {
      expect(Object.keys(compile_implementation(file).modules)).toEqual([file.replaceAll('\\', '/')]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('its doc comment names each', () => {
    const text = readFileSync(join(__dirname, 'api.ts'), 'utf8');
    const [, doc = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(text) ?? [];
    // What comes with the types of the kernel's structures is told of as one.
    const told = Object.keys(api).filter(
      (name) => !['KVM_SHADOW_MMU', 'KVM_TDP_MMU', 'THREADS', 'YIELD_POINTS', 'MEANING_OF_POINT'].includes(name),
    );
    expect(told.filter((name) => !doc.includes(`\`${name}\``))).toEqual([]);
  });
});

const TYPES = [
  ...[
    'Accounting',
    'Contract',
    'Errno',
    'Fault',
    'Finding',
    'KernelOps',
    'Kvm',
    'ListPass',
    'MmuType',
    'NxList',
    'Operation',
  ],
  ...['Params', 'PassRecord', 'Place', 'Role', 'Sptep', 'StepRecord', 'Taken', 'Task', 'Thread', 'TlbEntry', 'U64'],
  ...['VariantFile', 'Worker', 'YieldPoint', 'kvm_memory_slot', 'kvm_mmu_page', 'list_head'],
];
