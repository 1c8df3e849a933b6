import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Campaign, search } from '../../harness/campaign/search';
import { prove_beside_hangs, run_watched } from '../../harness/certify/hang';
import { Hung, type Pool, worker_threads } from '../../harness/pool/pool';
import { parse_program, program_texts } from '../../harness/program/text';
import { compile_implementation, load_implementation } from '../../models/implementation';
import { SUITE, suite_with } from '../kvm/suite';
import { folder, implementation, program, save_script, with_kernel, worker } from './implementation.fixture';
import { call, rows_of } from './terminal.fixture';

const SPINS = with_kernel(`to_zap(kvm, list, ratio) {
  const n = nx_huge_pages.to_zap(kvm, list, ratio);
  while (n === 2) {}
  return n;
}`);

describe('an implementation that never comes back', () => {
  const compiled = compile_implementation(implementation('spins', SPINS));
  const suite = suite_with(load_implementation(compiled));
  const pool = worker_threads(worker, 2, compiled, 1);
  afterAll(() => pool.close());
  const texts = ['guest_exec mmu=tdp page=0 offset=0', 'guest_exec mmu=tdp page=1 offset=0', 'recover ratio=1'];
  const program = parse_program(suite.commands, suite.bounds, texts);

  test('is ended by the watchdog: a verdict with its command', async () => {
    const [found] = await run_watched(suite, pool, 'spins', program);
    expect(found).toMatchObject({ property: suite.ends, step: 2, hung: true });
    expect(found?.breach).toEqual({ got: 'the command did not end within 1 s', want: 'it ends' });
  });

  test('its program is proven minimal all the same', async () => {
    const [proven] = await prove_beside_hangs(suite, pool, 'spins', { [suite.ends]: program }, 100_000);
    // On a slot of 1G pages one fault splits twice.
    expect(program_texts(suite.commands, proven?.program ?? [])).toEqual([
      'guest_exec mmu=tdp page=8 offset=0',
      'recover ratio=1',
    ]);
    expect(proven?.certificate.certified).toBe(true);
  }, 60_000);

  test('a shard that hangs says where, and the others go on', async () => {
    const shard = {
      variants: ['v6.18', 'spins'],
      seed: 's',
      first: 0,
      of: 1,
      cases: 50,
      until: Number.POSITIVE_INFINITY,
    };
    // Whoever is only starved of time has longer than that.
    const error = await pool.ask({ kind: 'shard', shard }, 4).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Hung);
    expect((error as Hung).where).toMatchObject({ kind: 'case', variant: 1 });
    const other = { ...shard, variants: ['v6.18'] };
    expect((await pool.ask({ kind: 'shard', shard: other }, 30))['v6.18']?.programs).toBe(50);
  }, 60_000);
});

test('threads change nothing in the result', async () => {
  const pool = worker_threads(worker, 3, null, 30);
  const campaigns: Campaign[] = [];
  const wanted = {
    variants: ['V7', 'B15'],
    seed: 'threads',
    // Enough for each of three.
    cases: 1500,
    until: Number.POSITIVE_INFINITY,
    transitions: 2e6,
  };
  const began = new Set<number>();
  const counting: Pool = {
    ...pool,
    ask(job, patience, tell) {
      if (job.kind === 'shard') began.add(job.shard.first);
      return pool.ask(job, patience, tell);
    },
  };
  await search(SUITE, counting, { ...wanted, cases: 10 }, () => {});
  expect([...began]).toEqual([0]);
  await search(SUITE, counting, wanted, (one) => campaigns.push(one)).finally(() => pool.close());
  expect([...began]).toEqual([0, 1, 2]);
  const { out } = await call(['check', 'V7', 'B15', '--seed', 'threads', '--cases', '1500', '--json']);
  const alone = rows_of(out).map(({ variant, property, case: index, program, certified }) => {
    return `${variant} ${property} ${index} ${program.join('; ')} ${certified}`;
  });
  const together = campaigns.flatMap(({ variant, findings }) =>
    findings.map(({ property, case: index, program, certificate }) => {
      return `${variant} ${property} ${index} ${program_texts(SUITE.commands, program).join('; ')} ${certificate.certified}`;
    }),
  );
  expect(together.sort()).toEqual(alone.sort());
});

describe('the program itself', () => {
  test('Ctrl-C, even twice at once: what was found, and exit code 130', async () => {
    const began = performance.now();
    const child = spawn(process.execPath, [program, 'check', 'V1', 'v6.18', '--seed', 's', '--cases', '100000000']);
    let printed = '';
    child.stdout.on('data', (data) => {
      printed += data;
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    while (!printed.includes('check: 2 variants')) await sleep(50);
    // A busy machine takes longer to start, and to find what V1 breaks.
    await sleep(1000 + 3 * (performance.now() - began));
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(printed).toContain('V1: violates 2, as expected');
    expect(printed).toContain('interrupted: this is what was found so far');
  });

  test.each([['SIGTERM'], ['SIGHUP'], ['SIGKILL']] as const)(
    '%s ends the main job, and the process beside it',
    async (signal) => {
      const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'ignore'] });
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const began = performance.now();
      child.kill(signal);
      // The pipe closes when the last process that holds it has ended.
      const code = await new Promise((resolve) => child.on('close', resolve));
      expect(code).toBe({ SIGTERM: 143, SIGHUP: 129, SIGKILL: null }[signal]);
      expect(performance.now() - began).toBeLessThan(10_000);
    },
  );

  test('kill -9 while it saves: each file is whole or not there', async () => {
    const target = mkdtempSync(join(folder, 'saves-'));
    const text = 'x'.repeat(2_000_000);
    const script = `const { save_new } = require(${JSON.stringify(save_script)});
      const text = 'x'.repeat(${text.length});
      for (let i = 0; ; i++) save_new(${JSON.stringify(target)} + '/' + i + '.json', text);`;
    let whole = 0;
    for (let round = 0; round < 6; round++) {
      for (const file of readdirSync(target)) rmSync(join(target, file));
      const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
      while (readdirSync(target).length === 0) await sleep(5);
      await sleep(20 + 7 * round);
      child.kill('SIGKILL');
      await new Promise((resolve) => child.on('close', resolve));
      const files = readdirSync(target).filter((file) => file.endsWith('.json'));
      for (const file of files) expect(readFileSync(join(target, file), 'utf8') === text).toBe(true);
      whole += files.length;
    }
    expect(whole).toBeGreaterThan(0);
  });

  test('exit code 2 and one line for a wrong call', () => {
    const run = () => execFileSync(process.execPath, [program, 'chek'], { stdio: 'pipe' });
    expect(run).toThrow(expect.objectContaining({ status: 2 }));
  });
});
