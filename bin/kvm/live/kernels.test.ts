/** Real kernels, where this machine has QEMU and one that was fetched before. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse_program } from '../../../harness/program/text';
import { read_regressions } from '../../../harness/regression/regression';
import { bounds_of, COMMANDS, VARIANTS } from '../../../models/catalogue/catalogue';
import { series_of } from '../../../models/catalogue/versions';
import { build_agent } from '../../../models/live/agent';
import { boot } from '../../../models/live/boot';
import { cached_kernel, DEBIAN_KERNELS } from '../../../models/live/debian';
import type { Machine } from '../../../models/live/machine';
import { variant_for_kernel } from '../../../models/observed/traces';
import { LIVE_WORLD } from '../../../models/world/world';
import { env, now } from '../../process/machine';
import { call, rows_of } from '../../tests/terminal.fixture';
import { SUITE } from '../suite';
import { cache_folder } from './kernels';
import { untouched_lines } from './touched';

const cache = cache_folder({ env });
const has = (program: string) => spawnSync(program, ['--version']).error === undefined;
const missing = ['qemu-system-x86_64', 'cc'].filter((program) => !has(program));
const kernels = DEBIAN_KERNELS.map((name) => [name, cached_kernel(name, cache)] as const);
const here = missing.length > 0 ? [] : kernels.flatMap(([name, files]) => (files ? [[name, files] as const] : []));

for (const [name, files] of kernels) {
  if (missing.length > 0) test.skip(`${name}: skipped, no ${missing.join(', no ')} on this machine`, () => {});
  else if (!files) test.skip(`${name}: skipped, not fetched yet (npm start -- live --kernel ${name})`, () => {});
}

test('the cache is where XDG says, if that is a whole path', () => {
  const home = cache_folder({ env: {} });
  expect(cache_folder({ env: { XDG_CACHE_HOME: '/x' } })).toBe('/x/kvm-nx-harness');
  for (const path of ['', 'x', './x', '../x']) expect(cache_folder({ env: { XDG_CACHE_HOME: path } })).toBe(home);
});

const TEN_MINUTES = 600_000;
const never = new AbortController().signal;

/**
 * The known defects of this kernel that some kernel has shown, if its model was recorded on a kernel of this version's series.
 * A race, as B51 is, no program without pauses shows.
 */
function defects_of(version: string): readonly string[] | null {
  const model = VARIANTS.get(variant_for_kernel(version));
  if (model?.name !== `linux-${series_of(version)}`) return null;
  const seen = read_regressions(SUITE).filter(({ kernels }) => Object.keys(kernels ?? {}).length > 0);
  return model.defects.filter((name) => seen.some(({ violates }) => Object.hasOwn(violates, name)));
}

interface Row {
  readonly verdict: string;
  readonly property: string;
  readonly known: string | null;
}

// Not by describe.each(): that refuses a table without rows, and a fresh machine has no kernels.
for (const [name, { image, modules }] of here) {
  test(
    `${name} shows its known defects, and nothing else`,
    async () => {
      const argv = ['live', '--kernel', image, '--modules', modules, '--cases', '5', '--seed', 'ci', '--json'];
      const { code, out, err } = await call(argv, { env, now });
      const version = /\(Linux ([\d.]+)\)/.exec(err[0] ?? '')?.[1] ?? '';
      expect(version).not.toBe('');
      expect(code).toBeLessThanOrEqual(1);
      const rows = rows_of(out) as Row[];
      const broken = rows.filter(({ verdict }) => verdict !== 'holds');
      const told = broken.map(({ known }) => known ?? 'new').sort();
      const defects = defects_of(version);
      // A kernel of a series that was not recorded is only reported.
      if (defects === null) process.stderr.write(`Linux ${version}, not recorded: ${told.join(', ') || 'holds'}\n`);
      else expect({ told, code }).toEqual({ told: defects, code: 0 });
    },
    TEN_MINUTES,
  );
}

const [[, newest] = []] = here.slice(-1);

(newest ? test : test.skip)(
  'the same program shows the same numbers, boot after boot, and from the state that was kept after one',
  async () => {
    const texts = ['guest_exec mmu=tdp page=0 offset=0', 'guest_exec mmu=shadow page=1 offset=3', 'dirty_log on=1'];
    const more = ['recover ratio=2', 'wait until=due', 'nx_huge_pages on=0', 'guest_write mmu=shadow page=24 offset=1'];
    const program = parse_program(COMMANDS, bounds_of(LIVE_WORLD), [...texts, ...more]);
    const files = { image: newest?.image ?? '', modules: newest?.modules ?? null };
    const config = { ...files, params: [], agent: await build_agent(cache, never), giant: false };
    const answers: string[] = [];
    const kinds: string[] = [];
    for (const [vms, anew] of [
      [1, true],
      [2, false],
    ] as const) {
      const machine: Machine = await boot({ ...config, vms, anew }, now, never);
      kinds.push(machine.fresh.kind);
      // Of two machines each runs it, and one of them once more.
      const runs = Array.from({ length: vms === 1 ? 1 : 3 }, () => machine.run(LIVE_WORLD, program));
      for (const answer of await Promise.all(runs)) answers.push(JSON.stringify(answer));
      await machine.close();
    }
    expect(kinds).toEqual(['anew', 'restored']);
    expect(answers).toHaveLength(4);
    expect(new Set(answers).size).toBe(1);
    expect(JSON.parse(answers[0] ?? '').steps).toHaveLength(program.length);
  },
  TEN_MINUTES,
);

(here.length > 0 ? test : test.skip)(
  'how often functions of the kernel ran, and which it does not have',
  async () => {
    const [[, files] = []] = here;
    const watch = ['mmu_free_root_page', 'kvm_mmu_zap_oldest_mmu_pages', 'no_such_function'];
    const config = { image: files?.image ?? '', modules: files?.modules ?? null, params: [], giant: false, watch };
    const machine = await boot({ ...config, agent: await build_agent(cache, never) }, now, never);
    const program = parse_program(COMMANDS, bounds_of(LIVE_WORLD), ['guest_read mmu=tdp page=0 offset=0']);
    for (let i = 0; i < 2; i++) await machine.run(LIVE_WORLD, program);
    const [ran, idle, absent] = machine.touched;
    expect(ran).toMatchObject({ state: 'ok', programs: 2, of: 2 });
    expect(ran?.times).toBeGreaterThanOrEqual(2);
    expect(idle).toMatchObject({ state: 'ok', times: 0, programs: 0, of: 2 });
    expect(absent).toMatchObject({ state: 'absent', programs: 0 });
    expect(untouched_lines(machine.touched)).toEqual([
      'says nothing about kvm_mmu_zap_oldest_mmu_pages: it never ran in 2 programs',
      expect.stringContaining('says nothing about no_such_function: this kernel has no such function'),
    ]);
    await machine.close();
  },
  TEN_MINUTES,
);

describe('a kernel that cannot be used: one line, exit code 2', () => {
  const wrong = async (...argv: string[]) => {
    const { code, out, err } = await call(['live', ...argv], { env, now });
    expect(out).toEqual([]);
    expect(code).toBe(2);
    return err.join('\n');
  };

  test.each([
    [[], 'which kernel? --kernel PATH'],
    [['--kernel', __filename], 'is no kernel: neither a bzImage nor a vmlinux'],
    [['--kernel', __dirname], 'no kernel in '],
    [
      ['--kernel', 'debian:5.4'],
      'no kernel "debian:5.4"; did you mean "debian:6.1"? known: debian:6.1, debian:6.12, debian:7.3; `--kernel debian:` lists all',
    ],
    [['--kernel', '/nowhere/bzImage'], 'no kernel "/nowhere/bzImage"'],
    [['--kernel', __filename, '--modules', '/nowhere'], '--modules /nowhere is no folder of modules'],
    [['--kernel', __filename, '--params', 'tdp_mmu'], '--params tdp_mmu is not like tdp_mmu=0'],
    [['--kernel', __filename, '--contract', 'v9'], 'no variant "v9"; did you mean "B9"? known: '],
    [['--kernel', __filename, '--program', '/nowhere.txt'], 'cannot read /nowhere.txt'],
    [['--kernel', __filename, '--record', __filename], '--record would write over --kernel'],
    [['--kernel', __filename, '--cases', 'x'], '--cases x is not a whole number'],
    [['--kernel', __filename, '--target', 'host'], 'one or the other, not both'],
    [['--target', 'host', '--params', 'tdp_mmu=0'], '--params is for a kernel that is booted'],
    [['--kernel', 'debian:7.3', '--modules', '.'], '--modules is for a kernel of your own'],
    [['--target', 'guest'], '--target guest is unknown; known: host'],
    [['--kernel', __filename, '--vms', '0'], '--vms 0 is not a whole number from 1 to 64'],
    [['--kernel', __filename, '--touched', 'a b'], '"a b" is no function\'s name'],
    [['--target', 'host', '--vms', '2'], '--vms is for a kernel that is booted'],
    [['6.1'], 'live takes no words'],
  ])('%j', async (argv, message) => {
    expect(await wrong(...argv)).toContain(message);
  });

  (here.length > 0 ? test : test.skip)(
    'a kernel without its modules has no KVM',
    async () => {
      const [[, files] = []] = here;
      const alone = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
      copyFileSync(files?.image ?? '', join(alone, 'vmlinuz'));
      const told = await wrong('--kernel', join(alone, 'vmlinuz'));
      rmSync(alone, { recursive: true });
      expect(told).toContain('this kernel cannot be used:');
      expect(told).toContain('CONFIG_');
    },
    TEN_MINUTES,
  );
});
