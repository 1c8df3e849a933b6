import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { worker_threads } from '../../harness/pool/pool';
import { parse_program } from '../../harness/program/text';
import { compile_implementation } from '../../models/implementation';
import { SUITE } from '../kvm/suite';
import { folder, implementation, program, with_kernel, worker } from './implementation.fixture';
import { call, rows_of } from './terminal.fixture';

describe('an implementation of the user', () => {
  test('under GitHub Actions each annotation points at the first entry that it replaces', async () => {
    const argv = ['check', '--implementation', join('docs', 'my-patch.ts'), '--cases', '30', '--seed', 's'];
    const { out, err } = await call([...argv, '--transitions', '1'], { env: { GITHUB_ACTIONS: 'true' } });
    const lines = [...out, ...err].filter((line) => line.startsWith('::error'));
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(line).toMatch(/^::error file=docs\/my-patch\.ts,line=8,title=my-patch/);

    // From a folder of the checkout GitHub wants the path from the checkout's root, and the column that breaks is there.
    const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: join(process.cwd(), '..') };
    const { err: of_folder } = await call([...argv, '--transitions', '1'], { env });
    const [first = ''] = of_folder.filter((line) => line.startsWith('::error'));
    expect(first).toMatch(/^::error file=[^/]+\/docs\/my-patch\.ts,line=8,/);
    expect(of_folder.join('\n')).toMatch(/to_zap.*(<- broken| !)/);
  });

  test('is checked like the others, from any folder', async () => {
    const file = implementation(
      'my-patch',
      with_kernel('to_zap: (kvm, list, ratio) => nx_huge_pages.to_zap(kvm, list === KVM_TDP_MMU ? 0 : list, ratio)'),
    );
    const { code, out } = await call(['check', '--implementation', file, '--cases', '50', '--seed', 's']);
    expect(out).toContain('  UNEXPECTED to-zap-nonzero-when-splits-exist');
    expect(out.join('\n')).toContain('proven  minimal');
    expect(out.join('\n')).toContain(
      `--implementation ${file} --property to-zap-nonzero-when-splits-exist --save NAME`,
    );
    expect(code).toBe(1);
  });

  test.each(['./helper', './helper.js'])(
    'conforms where it does what its base does, and may import its own files (%s), in a folder of ES modules, too',
    async (helper) => {
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      implementation('helper', 'export const twice = (n: number): number => 2 * n;');
      const text = `import { twice } from '${helper}';\n${with_kernel('to_zap: (kvm, list, ratio) => twice(Number(nx_huge_pages.to_zap(kvm, list, ratio))) / 2')}`;
      const argv = ['check', '--implementation', implementation('fine', text), '--cases', '20', '--seed', 's'];
      const { code, out } = await call(argv);
      expect(out.join('\n')).toContain('fine: conforms, as expected (20 programs');
      expect(code).toBe(0);
    },
  );

  test.each([
    ['a let', 'let passes = 0;', 'passes++;', 'passes'],
    ['a map', 'const seen = new Map<number, number>();', 'seen.set(ratio, list);', 'seen'],
    ['a field', 'const kept = { last: { ratio: 0 } };', 'kept.last.ratio = ratio;', 'kept'],
  ])('that keeps %s between programs is told so, though it makes no difference', async (_, declares, writes, name) => {
    const text = `${declares}\n${with_kernel(`to_zap(kvm, list, ratio) { ${writes} return nx_huge_pages.to_zap(kvm, list, ratio); }`)}`;
    const file = implementation(`remembers-${name}`, text);
    const { code, out } = await call(['check', '--implementation', file, '--cases', '10', '--seed', 's']);
    expect(out.at(-2)).toMatch(new RegExp(`^STATE {5}remembers-${name}.ts:1: ${name} outlives a program`));
    expect(code).toBe(0);
  });

  test('that keeps what belongs to a machine by that machine, or writes when it is loaded, is told nothing', async () => {
    const text = `import type { Kvm } from 'kvm-nx-harness';
      const count = new WeakMap<Kvm, number>();
      const table: number[] = [];
      for (let i = 0; i < 3; i++) table.push(i);
      ${with_kernel('to_zap(kvm, list, ratio) { let n = table[0] ?? 0; n++; count.set(kvm, n); return nx_huge_pages.to_zap(kvm, list, ratio); }')}`;
    const { out } = await call(['check', '--implementation', implementation('tidy', text), '--cases', '10']);
    expect(out.join('\n')).not.toContain('STATE');
  });

  test('that keeps a state of its own gets no certificate', async () => {
    const text = `import type { Kvm } from 'kvm-nx-harness';
      const count = new WeakMap<Kvm, number>();
      ${with_kernel(`account_nx_huge_page(kvm, sp, possible) {
        if (possible) count.set(kvm, (count.get(kvm) ?? 0) + 1);
        nx_huge_pages.account_nx_huge_page(kvm, sp, possible);
      },
      to_zap: (kvm, list, ratio) => ((count.get(kvm) ?? 0) > 3 ? 0 : nx_huge_pages.to_zap(kvm, list, ratio))`)}`;
    const { out } = await call([
      'check',
      '--implementation',
      implementation('own-state', text),
      '--cases',
      '50',
      '--seed',
      's',
      '--json',
    ]);
    const rows = out.map((line) => JSON.parse(line)).filter(({ verdict }) => verdict === 'violates');
    expect(rows.map(({ property, certified }) => [property, certified])).toContainEqual([
      'to-zap-nonzero-when-splits-exist',
      false,
    ]);
  });

  test.each([
    [
      'a type error',
      with_kernel('to_zap: (kvm) => kvm.nothing'),
      "error TS2339: Property 'nothing' does not exist on type 'Kvm'.",
    ],
    ['a syntax error', 'export default variant({', "error TS1005: '}' expected."],
    ['no variant', 'export const x = 1;', 'has no variant in it; wanted: export default variant('],
    ['something else', 'export default 7;', 'has no variant in it'],
    [
      'an unknown base',
      "import { variant } from 'kvm-nx-harness';\nexport default variant({ base: 'v9', source: '' });",
      'no variant "v9" to build on; known: ',
    ],
    [
      'an unknown defect',
      "import { variant } from 'kvm-nx-harness';\nexport default variant({ base: 'v6.18', source: '', defects: ['B99'] });",
      'no variant "B99" to take a defect of; known: ',
    ],
    ['defects that are no list', "export default { base: 'v6.18', defects: 'B30' };", 'defects is no list of variants'],
    [
      'an unknown property',
      "import { variant } from 'kvm-nx-harness';\nexport default variant({ base: 'v6.18', source: '', expect: { violates: ['x'] }, kernel: { has_never: true } });",
      'no property "x"; known: ',
    ],
    [
      'an entry that is none',
      "export default { base: 'v6.18', kernel: { to_zapp: () => 0 } };",
      'kernel has no entry "to_zapp"; known: lists, ',
    ],
    [
      'an entry of another type',
      "export default { base: 'v6.18', kernel: { to_zap: 0 } };",
      'kernel entry "to_zap" is of type number, wanted function',
    ],
    [
      'an expectation that is none',
      "export default { base: 'v6.18', expect: {} };",
      "expect is neither 'conforms' nor {",
    ],
    [
      'no VM',
      "export default { base: 'v6.18', kernel: { init_list() { throw new Error('not now'); } } };",
      'no VM can be made: Error: not now (no-VM.ts:1)',
    ],
    ['no base and little else', 'export default { kernel: {}, contract: {} };', 'kernel lacks lists, '],
    ['a module that never ends', 'while (true) {}\nexport default {};', 'Script execution timed out after 5000ms'],
    ['an error of its own', "throw new Error('not today');\nexport default {};", 'not today'],
  ])('%s is told, and exit code 2', async (name, text, message) => {
    const { code, out, err } = await call([
      'check',
      '--implementation',
      implementation(name.replaceAll(' ', '-'), text),
    ]);
    expect(err.join('\n')).toContain(message);
    expect({ code, out }).toEqual({ code: 2, out: [] });
  });

  test('that is nondeterministic: the report says so, and nothing is proven', async () => {
    const text = `let n = 0;\n${with_kernel('to_zap: (kvm, list, ratio) => (++n > 60 ? 0 : nx_huge_pages.to_zap(kvm, list, ratio))')}`;
    const argv = ['check', '--implementation', implementation('counts', text), '--cases', '60', '--seed', 'main'];
    // One thread finds it, another does not see it again.
    const { status, stdout } = spawnSync(process.execPath, [program, ...argv]);
    expect(stdout.toString()).toContain('the implementation is nondeterministic: it keeps state between programs');
    expect(stdout.toString()).not.toMatch(/proven {2}minimal/);
    expect(status).toBe(1);
  });

  test.each([
    ['when it is loaded', 'process.exit(0);\nexport default {};'],
    ['when a VM is made', "export default { base: 'v6.18', kernel: { init_list: () => process.exit(0) } };"],
  ])('that ends the process %s has not conformed', (name, text) => {
    const file = implementation(
      name.replaceAll(' ', '-'),
      `declare const process: { exit(code: number): never };\n${text}`,
    );
    const argv = [program, 'explore', '--depth', '1', '--implementation', file];
    const { status, stderr } = spawnSync(process.execPath, argv);
    expect(stderr.toString()).toBe(
      'loading the implementation: the thread was ended (exit code 0); does the implementation end the process?\n',
    );
    expect(status).toBe(2);
  });

  test('that leaves a timer behind does not keep anybody waiting', () => {
    const text = `declare const setInterval: (f: () => void, ms: number) => void;\nsetInterval(() => {}, 1000);\n${with_kernel('to_zap: nx_huge_pages.to_zap')}`;
    const argv = [program, 'explore', '--depth', '2', '--implementation', implementation('waits', text)];
    expect(spawnSync(process.execPath, argv, { timeout: 60_000 }).status).toBe(0);
  });

  test('what it throws is told with the line of the file as it was written', async () => {
    const text = with_kernel(`
      // The compiler takes lines away and adds some.
      to_zap: (kvm) => { throw new Error('not ' + kvm.lists.length); }`);
    const file = implementation('throws', text);
    const { stdout } = spawnSync(process.execPath, [
      program,
      'check',
      '--implementation',
      file,
      '--cases',
      '5',
      '--seed',
      's',
    ]);
    const line = text.split('\n').findIndex((one) => one.includes('throw')) + 1;
    expect(stdout.toString()).toContain(`got     Error: not 2 (throws.ts:${line})`);
  });

  test('what it prints is not among the results; little can be left out', async () => {
    const file = implementation('prints', `console.log('hello');\n${with_kernel('to_zap: nx_huge_pages.to_zap')}`);
    const arguments_of = ['check', '--implementation', file, '--cases', '2', '--seed', 's', '--json'];
    const printed = execFileSync(process.execPath, [program, ...arguments_of], {
      stdio: 'pipe',
    });
    const lines = printed.toString().trimEnd().split('\n');
    expect(new Set(rows_of(lines).map(({ verdict }) => verdict))).toEqual(new Set(['conforms']));
  });

  test('that ends the process is told where', async () => {
    const text = `declare const process: { exit(): never };\n${with_kernel('to_zap: () => process.exit()')}`;
    const compiled = compile_implementation(implementation('exits', text));
    const pool = worker_threads(worker, 1, compiled, 30);
    const texts = ['guest_exec mmu=tdp page=0 offset=0', 'recover ratio=1'];
    const parsed = parse_program(SUITE.commands, SUITE.bounds, texts);
    const run = pool.ask({ kind: 'run', variant: 'exits', program: parsed });
    await expect(run).rejects.toThrow('running exits: the thread was ended (exit code 0); does the implementation end');
    await pool.close();
  });

  test('may not take the name of a variant', async () => {
    const { code, err } = await call(['check', '--implementation', implementation('V1', with_kernel(''))]);
    expect(err.join()).toContain('rename the file');
    expect(code).toBe(2);
  });
});
