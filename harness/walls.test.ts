/** What no file of the project may do, and whether it is noticed. Which folder may import which: tools/walls.cjs. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..');

const sources = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => ({ file: join(folder, file), source: readFileSync(join(root, folder, file), 'utf8') }));

test('the engine does not speak of KVM', () => {
  for (const { file, source } of sources('harness')) {
    expect(`${file}: ${source.match(/kvm|tdp|mmu|spte|nx_|huge/i)?.[0] ?? 'nothing'}`).toBe(`${file}: nothing`);
  }
});

test('the engine prints nothing but through its command line', () => {
  for (const { file, source } of sources('harness').filter(({ file }) => !/^harness.(cli|bench)/.test(file))) {
    expect(`${file}: ${source.match(/console[.]|process[.]stdout[.]write/)?.[0] ?? 'nothing'}`).toBe(
      `${file}: nothing`,
    );
  }
});

/** Chance, and the machine's clock and environment. */
const DOORS: Readonly<Record<string, RegExp>> = {
  'harness/generate/seed.ts': /'seedrandom'/,
  'bin/process/machine.ts': /Math\.random|Date\.now|new Date|process\.env|performance\.|hrtime|randomBytes|randomInt/,
};

/** It is run inside another commit, and brings its clock along. */
const BRINGS_ITS_OWN = 'bin/speed/driver.ts';

test('chance and time have one door each', () => {
  for (const { file, source } of ['harness', 'models', 'properties', 'bin'].flatMap(sources)) {
    for (const [door, what] of Object.entries(DOORS)) {
      if (file !== door && file !== BRINGS_ITS_OWN)
        expect(`${file}: ${source.match(what)?.[0] ?? 'nothing'}`).toBe(`${file}: nothing`);
    }
  }
});

describe('walls', () => {
  const folder = mkdtempSync(join(tmpdir(), 'walls-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const put = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  const check = () => {
    const { stdout, status } = spawnSync(process.execPath, [join(root, 'tools', 'check_walls.mjs'), folder], {
      encoding: 'utf8',
    });
    return { status, lines: stdout.trimEnd().split('\n') };
  };

  /** An import through each wall, by the rule that must see it. */
  const THROUGH: readonly (readonly [rule: string, from: string, to: string])[] = [
    ['no-circles', 'harness/run/run.ts', 'harness/run/session.ts'],
    ['engine', 'harness/pool/job.ts', 'models/world/world.ts'],
    ['engine-without-terminal', 'harness/pool/pool.ts', 'harness/cli/cli.ts'],
    ['no-terminal', 'harness/run/shard.ts', 'node:readline'],
    ['command-line', 'harness/cli/check.ts', 'bin/kvm/suite.ts'],
    ['world', 'models/world/flags.ts', 'models/kernel/types.ts'],
    ['layout', 'models/layout/layout.ts', 'models/kernel/types.ts'],
    ['spec', 'models/spec/reference.ts', 'models/kernel/spte.ts'],
    ['kernel', 'models/kernel/mmu.ts', 'models/spec/contract.ts'],
    ['models', 'models/observed/traces.ts', 'harness/cli/table.ts'],
    ['lockstep', 'models/lockstep/session.ts', 'models/state/fingerprint.ts'],
    ['catalogue', 'models/catalogue/command.ts', 'models/live/target.ts'],
    ['commands', 'models/commands/wait.ts', 'models/live/target.ts'],
    ['variants', 'models/variants/V1.ts', 'models/spec/host.ts'],
    ['state', 'models/state/copy.ts', 'models/observed/scenarios.ts'],
    ['generate', 'models/generate/guide.ts', 'models/kernel/tlb.ts'],
    ['live', 'models/live/known.ts', 'models/variants/V2.ts'],
    ['export', 'models/export/expected.ts', 'models/kernel/list.ts'],
    ['observed', 'models/observed/conform.ts', 'models/live/qemu.ts'],
    ['properties', 'properties/claims.ts', 'bin/kvm/main.ts'],
    ['page', 'bin/view/run.ts', 'bin/kvm/suite.ts'],
    ['report', 'bin/report/html.ts', 'bin/kvm/main.ts'],
    ['one-engine', 'models/live/runner.ts', 'harness/program/shrink.ts'],
    ['no-tests', 'models/lockstep/audit.ts', 'models/lockstep/audit.test.ts'],
    ['resolved', 'models/live/machine.ts', 'models/live/nowhere.ts'],
  ];

  test('a run that looks at no modules is red', () => {
    for (const name of ['bin', 'harness', 'models', 'mutation', 'properties', 'tools']) {
      mkdirSync(join(folder, name), { recursive: true });
    }
    expect(check()).toEqual({
      status: 1,
      lines: [
        'no module was looked at in bin, harness, models, mutation, properties, tools',
        '0 modules, 0 imports, 0 through a wall',
      ],
    });
  });

  test('a folder around which no wall stands is red', () => {
    put('source/thing.ts', 'export {};\n');
    put('models/new/thing.ts', 'export {};\n');
    expect(check()).toMatchObject({ status: 1, lines: expect.arrayContaining(['no wall stands around source, new']) });
    for (const name of ['source', 'models/new']) rmSync(join(folder, name), { recursive: true });
  });

  test('an import through a wall is red, of a type, too', () => {
    const { forbidden } = require('../tools/walls.cjs');
    expect(THROUGH.map(([rule]) => rule)).toEqual(forbidden.map(({ name }: { name: string }) => name));
    const path = (from: string, to: string) =>
      to.startsWith('node:') ? to : `${'../'.repeat(from.split('/').length - 1)}${to.replace(/[.]ts$/, '')}`;
    for (const [, , to] of THROUGH) if (!/nowhere|^node:/.test(to)) put(to, 'export type T = 1;\n');
    for (const [, from, to] of THROUGH) put(from, `export type { T } from '${path(from, to)}';\n`);
    put('harness/run/session.ts', "export type { T } from './run';\n");
    for (const name of ['mutation', 'tools']) put(`${name}/main.ts`, 'export {};\n');
    const { status, lines } = check();
    expect(status).toBe(1);
    for (const [rule, from, to] of THROUGH) {
      const seen = lines.filter((line) => line.startsWith(`${rule}: `)).join('\n');
      expect({ rule, seen }).toEqual({ rule, seen: expect.stringContaining(`${from} -> `) });
      expect(seen).toContain(rule === 'resolved' ? 'nowhere' : to.replace('node:', ''));
    }
  });
});
