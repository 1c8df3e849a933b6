import { join } from 'node:path';
import { estimate } from '../../harness/explore/estimate';
import { type ExplorationRequest, explore_all } from '../../harness/explore/exploration';
import { explore } from '../../harness/explore/explore';
import { this_thread, worker_threads } from '../../harness/pool/pool';
import { selection_text } from '../../harness/program/space';
import { program_texts } from '../../harness/program/text';
import type { Property } from '../../harness/run/property';
import type { View } from '../../models/lockstep/session';
import { SUITE } from '../kvm/suite';
import { call } from './terminal.fixture';

const alone = this_thread(SUITE, () => 0);
const wanted = (variant: string, depth: number): ExplorationRequest => {
  const nothing = () => null;
  return { variant, depth, pauses: 0, only: null, states: 1e6, symmetry: 0, before_depth: nothing, progress: nothing };
};
const least = (
  broken: readonly { readonly property: string; readonly program: Parameters<typeof program_texts>[1] }[],
) => Object.fromEntries(broken.map(({ property, program }) => [property, program_texts(SUITE.commands, program)]));

describe('every program of up to N commands', () => {
  test('is the same search however many threads there are', async () => {
    const pool = worker_threads(join(__dirname, '..', '..', 'dist', 'bin', 'worker.js'), 2, null, 30);
    // What multiplies the states is left out, to go one command deeper.
    const asked = { ...wanted('B30', 3), only: SUITE.proof_alphabet([]) };
    const together = await explore_all(SUITE, pool, asked).finally(() => pool.close());
    expect(together).toEqual(await explore_all(SUITE, alone, asked));
    expect(together.depths.at(-1)?.states).toBeGreaterThan(128);
  });

  test.each(['V7', 'B2', 'V6'])("finds what the certificate's search finds: %s", async (name) => {
    const { broken } = await explore_all(SUITE, alone, wanted(name, 2));
    const limits = { depth: 2, transitions: Number.POSITIVE_INFINITY, stopped: () => false };
    const all = new Map([...SUITE.properties.values()].map((one): [Property<View>, null] => [one, null]));
    // TLBs are part of the state: nothing is made more permissive.
    const exact = [2, 3].map((symmetry) => explore(SUITE.state_space(name, 'tlbs', symmetry), all, limits));
    const sound = exact.find(({ cut_short }) => cut_short === null);
    expect(least(broken)).toEqual(least([...(sound?.least ?? [])].map(([property, one]) => ({ property, ...one }))));
    expect(broken.length).toBeGreaterThan(0);
  });

  /** The suite, with a claim that no more than so many translations are cached. */
  function with_few_translations(most: number): typeof SUITE {
    const [name = '', claim] = [...SUITE.properties].find(([, { detail }]) => detail === 'tlbs') ?? [];
    const check = ({ kvm }: View) => (kvm.tlb.length > most ? { got: 'many', want: 'few' } : null);
    const properties = new Map(claim ? [[name, { ...claim, after: null, check }]] : []);
    return { ...SUITE, properties };
  }

  // After one command, the most permissive TLBs hold two translations, one for each vCPU; a third comes with the next.
  test.each([
    [1, ['guest_exec mmu=tdp page=0 offset=0', 'guest_exec mmu=tdp page=0 offset=0 vcpu=1']],
    [2, undefined],
  ])('what the most permissive TLBs leave in doubt is searched for once more: at most %i', async (most, program) => {
    const suite = with_few_translations(most);
    const { broken, depth, cut_short } = await explore_all(
      suite,
      this_thread(suite, () => 0),
      wanted('v6.18', 2),
    );
    expect(Object.values(least(broken))[0]).toEqual(program);
    expect({ depth, cut_short }).toEqual({ depth: 2, cut_short: null });
  });
});

describe('explore', () => {
  test('says how far it came, and that nothing breaks', async () => {
    const { code, out } = await call(['explore', 'v6.18', '--depth', '2']);
    const text = out.join('\n');
    expect(text).toContain(`explore: 1 variant, every program of up to 2 commands (${SUITE.alphabet(SUITE.core)})`);
    expect(text).toContain('v6.18: no program of up to 2 commands breaks any of');
    expect(text).toMatch(/symmetry {2}up to 2 commands: \d\d states, \d+ transitions; without symmetry \d\d\d states/);
    expect(code).toBe(0);
  });

  test('prints the report of what breaks', async () => {
    const { code, out } = await call(['explore', 'V1', '--depth', '2']);
    const text = out.join('\n');
    expect(text).toContain(
      'V1: breaks 2 of the 2 expected; no program of up to 2 commands breaks any other, as expected',
    );
    expect(text).toContain('broken  to-zap-nonzero-when-splits-exist');
    expect(text).toContain('proven  minimal: no shorter program violates it, and no smaller one of the same length');
    expect(code).toBe(0);
  });

  test('--commands says which; what breaks over few, breaks over all', async () => {
    const rows = await Promise.all(
      ['guest_exec,recover', 'core', 'all'].map(async (commands) => {
        const { out } = await call(['explore', 'V1', '--depth', '2', '--json', '--commands', commands]);
        return JSON.parse(out[0] ?? '');
      }),
    );
    expect(rows.map(({ commands }) => commands)).toEqual(['guest_exec, recover', selection_text(SUITE.core), null]);
    expect(rows[0].transitions).toBeLessThan(rows[1].transitions / 2);
    expect(rows[1].transitions).toBeLessThan(rows[2].transitions / 2);
    const programs = rows.map(({ broken }) => broken.map(({ program }: { program: string[] }) => program));
    expect(programs[0]).toEqual(programs[2]);
    expect(programs[1]).toEqual(programs[2]);
  });

  test('what only a command that was left out can break is not missed there', async () => {
    const core = await call(['explore', 'as-of-smm', '--depth', '2']);
    expect(core.out.join('\n')).toContain('as-of-smm: no program of up to 2 commands breaks any');
    expect(core.out.join('\n')).toContain('(longer ones or paused ones or other commands break 2), as expected');
    expect(core.code).toBe(0);
    const all = await call(['explore', 'as-of-smm', '--depth', '2', '--commands', 'all']);
    expect(all.out.join('\n')).toContain('as-of-smm: breaks 1 of the 2 expected');
    expect(all.code).toBe(0);
  });

  test('what only a pause can break is not missed without one', async () => {
    const over = ['--depth', '3', '--commands', 'dirty_log,guest_exec'];
    const without = await call(['explore', 'B12', ...over]);
    expect(without.out.join('\n')).not.toContain('MISSING');
    expect(without.code).toBe(0);
    const paused = await call(['explore', 'B12', '--pauses', '1', ...over]);
    expect(paused.out[0]).toMatch(/\), each command paused at up to 1 place$/);
    expect(paused.out.join('\n')).toMatch(/^B12: breaks \d of the \d expected/m);
    expect(paused.code).toBe(0);
  });

  test('--no-symmetry finds the same', async () => {
    const rows = await Promise.all(
      [[], ['--no-symmetry']].map(async (more) => {
        const { out } = await call(['explore', 'V4', '--depth', '1', '--json', ...more]);
        return JSON.parse(out[0] ?? '');
      }),
    );
    expect(rows[1].transitions).toBeGreaterThan(1000);
    expect(rows[0].transitions).toBeLessThan(200);
    expect(rows[0].broken.length).toBeGreaterThan(0);
    expect(rows[1].broken).toEqual(rows[0].broken);
  });

  test('exits with 1 where something breaks that should not', async () => {
    const file = join(__dirname, '..', '..', 'docs', 'my-patch.ts');
    const { code, out } = await call(['explore', '--implementation', file, '--depth', '2']);
    expect(out.join('\n')).toContain('UNEXPECTED to-zap-nonzero-when-splits-exist');
    expect(code).toBe(1);
  });

  test('ends with what it has covered where the states are too many', async () => {
    const { code, out } = await call(['explore', 'v6.18', '--depth', '4', '--states', '20', '--json']);
    expect(JSON.parse(out[0] ?? '')).toMatchObject({ covered: 1, states: 20, cut_short: 'more than 20 states' });
    expect(code).toBe(1);
  });

  test('a refusal comes after what was found until then', async () => {
    const { code, out, err } = await call(['explore', 'V1', '--depth', '30', '--json']);
    const row = JSON.parse(out[0] ?? '');
    expect(row).toMatchObject({ depth: 30, pauses: 0, cut_short: expect.stringContaining('do not fit: about ') });
    expect(row.broken).toHaveLength(2);
    expect(err.at(-1)).toBe(`V1: ${row.cut_short}`);
    expect(code).toBe(2);
  });

  test('a refusal does not hide what is broken, nor what was not tried', async () => {
    const file = join(__dirname, '..', '..', 'docs', 'my-patch.ts');
    const { code, err } = await call(['explore', '--implementation', file, '--depth', '30']);
    expect(err.at(-1)).toContain('do not fit');
    expect(code).toBe(1);
    const both = await call(['explore', 'v6.18', 'V1', '--depth', '30']);
    expect(both.err.at(-1)).toBe('not tried: V1');
    expect(both.code).toBe(2);
  });

  test('Ctrl-C: what it has covered, and exit code 130', async () => {
    const interrupt = new AbortController();
    let asked = 0;
    const now = () => {
      if (++asked === 5) interrupt.abort();
      return 0;
    };
    const { code, out } = await call(['explore', 'V1', '--depth', '4'], { now, signal: interrupt.signal });
    expect(out.join('\n')).toMatch(/ENDED {5}before its time: stopped/);
    expect(out.at(-1)).toBe('interrupted: this is what was found so far');
    expect(code).toBe(130);
  });

  test.each([
    [['explore', 'v6.18', '--depth', '0'], '--depth 0 is not a whole number from 1 to 59'],
    [['explore', 'v9'], 'no variant "v9"; did you mean "B9"? known: '],
    [['explore', 'v6.18', '--commands', 'core,all'], 'no command "core"; known: clear_gpte_dirty, create_slot, '],
    [['explore', 'v6.18', '--pauses', 'some'], '--pauses some is not a whole number from 0 to '],
    [['explore', 'v6.18', '--depth', '9'], 'v6.18: up to 9 commands do not fit: about '],
  ])('%j: one line, exit code 2', async (argv, message) => {
    const { code, err } = await call(argv);
    expect(err).toHaveLength(1);
    expect(err[0]).toContain(message);
    expect(code).toBe(2);
  });
});

test('an estimate goes on as the last depth did', () => {
  const depths = [
    { states: 1, transitions: 10 },
    { states: 5, transitions: 50 },
  ];
  // 10 states after two commands, 20 after three: from those after four nobody goes on.
  expect(estimate(depths, 10, 4)).toEqual({ states: 36, transitions: 360 });
});
