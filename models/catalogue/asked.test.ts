import { join } from 'node:path';
import { SUITE } from '../../bin/kvm/suite';
import { random_of_case } from '../../harness/generate/seed';
import { read_regressions } from '../../harness/regression/regression';
import { run } from '../../harness/run/run';
import { doc_comments, first_sentence } from '../../harness/user_code/doc_comments';
import * as api from '../api';
import { start_session } from '../lockstep/session';
import { SMALL_WORLD } from '../world/world';
import { asked_by, NEVER_ASKED, never_asked_by, replaceable } from './asked';
import { with_calls } from './calls';
import { VARIANTS } from './catalogue';
import type { Variant } from './variant';

/** What is asked at all is asked in the first hundred (has_never is the rarest); ten thousand show no other. */
const CASES = 250;
const PROGRAMS = [
  ...read_regressions(SUITE).map(({ parsed }) => parsed),
  ...Array.from({ length: CASES }, (_, index) => SUITE.programs.draw(random_of_case('main', index))),
];

/** The entries that no program asks. */
function unasked(variant: Variant): string[] {
  const { ops, calls } = with_calls(variant.ops, Object.keys(variant.ops));
  for (const program of PROGRAMS) {
    run(start_session({ ...variant, ops }, SMALL_WORLD), program, [], { to_the_end: true });
  }
  return [...calls].filter(([, { times }]) => times === 0).map(([name]) => name);
}

const variants = [...VARIANTS.values()];
const ENTRIES = Object.keys(variants[0]?.ops ?? {});

describe('what a variant never asks is measured', () => {
  test.each(variants)('$name', (variant) => {
    expect(unasked(variant).sort()).toEqual([...never_asked_by(variant.name)].sort());
  });

  test('no line of the table says what the line of the base says', () => {
    for (const [name, never] of Object.entries(NEVER_ASKED)) {
      const base = VARIANTS.get(name)?.base;
      if (base) expect([name, [...never].sort()]).not.toEqual([name, [...never_asked_by(base)].sort()]);
      else expect(VARIANTS.has(name)).toBe(true);
    }
  });

  test('each entry is asked by somebody', () => {
    for (const entry of ENTRIES) expect([entry, asked_by(entry)]).not.toEqual([entry, []]);
  });
});

/** The baselines of the kernel, the oldest first. */
const version = (name: string): number => {
  const [major = 0, minor = 0] = name.replace('v', '').split('.').map(Number);
  return 1000 * major + minor;
};
const BASELINES = variants
  .filter(({ name }) => /^v\d+\.\d+$/.test(name))
  .sort((a, b) => version(a.name) - version(b.name));

/** What the words after `Asked:` say of a baseline: `always`, `from 6.2`, `up to 6.17`, `5.10 to 6.17`. */
function says_asked(text: string, baseline: string): boolean {
  if (text === 'always') return true;
  const { from, since, until, last } =
    /^(?:from (?<from>\S+)|up to (?<until>\S+)|(?<since>\S+) to (?<last>\S+))$/.exec(text)?.groups ?? {};
  const first = from ?? since ?? '0.0';
  const end = until ?? last ?? '99.0';
  if (first === '0.0' && end === '99.0') throw new Error(`"Asked: ${text}" says nothing that can be checked`);
  return version(first) <= version(baseline) && version(baseline) <= version(end);
}

/** What `name` means: an export of a module of the package (`tdp_mmu.zap_leafs`), or a value. */
function meaning_of(name: string): unknown {
  const [module = '', member = ''] = name.split('.');
  if (!(module in api)) return JSON.parse(name);
  const found = (api as Record<string, unknown>)[module] as Record<string, unknown>;
  if (!(member in found)) throw new Error(`the package has no ${name}`);
  return found[member];
}

const FORM = /^([A-Z].*?[.)]) Kernel: (.+)\. Locks: (.+)\. Caller: (.+)\. Default: (.+)\. Asked: (.+)\.$/;

describe('what ops.ts says of its entries', () => {
  const docs = replaceable();

  test('is there for each, and in one form', () => {
    expect([...docs.keys()].sort()).toEqual([...ENTRIES].sort());
    for (const [entry, { doc }] of docs) expect([entry, doc]).toEqual([entry, expect.stringMatching(FORM)]);
    expect(new Set([...docs.values()].map(({ doc }) => first_sentence(doc))).size).toBe(docs.size);
  });

  test.each(ENTRIES)('%s is asked by the kernels that it names', (entry) => {
    const [, , , , , , asked = ''] = FORM.exec(docs.get(entry)?.doc ?? '') ?? [];
    for (const { name } of BASELINES) {
      expect([name, says_asked(asked, name)]).toEqual([name, asked_by(entry).includes(name)]);
    }
  });

  test.each(ENTRIES)('%s has the defaults that it names', (entry) => {
    const [, , , , , named = ''] = FORM.exec(docs.get(entry)?.doc ?? '') ?? [];
    const defaults = `from v5.5 ${named}`.split(', ').map((text) => {
      const [, from = '', value = ''] = /^from (v\S+) (.*)$/.exec(text) ?? [];
      return { from, value };
    });
    for (const baseline of BASELINES) {
      const { value = '' } = defaults.findLast(({ from }) => version(from) <= version(baseline.name)) ?? {};
      const [, name] = /^`([^`]+)`$/.exec(value) ?? [];
      const has = Object.entries(baseline.ops).find(([key]) => key === entry)?.[1];
      // What is said in words is written in the baseline's file alone; no module has it.
      if (name !== undefined) expect([baseline.name, has]).toEqual([baseline.name, meaning_of(name)]);
      else
        expect({ baseline: baseline.name, of_a_module: MEMBERS.has(has) }).toEqual({
          baseline: baseline.name,
          of_a_module: false,
        });
    }
  });

  test('is the same in the declarations that are shipped', () => {
    const shipped = doc_comments(join(__dirname, '..', '..', 'dist', 'models', 'kernel', 'ops.d.ts'), 'KernelOps');
    expect([...shipped]).toEqual([...docs].map(([entry, { doc }]) => [entry, doc]));
  });

  test('an interface that is not there is an error', () => {
    expect(() => doc_comments(__filename, 'Nothing')).toThrow('has no interface Nothing');
  });
});

/** All functions that the package's modules export. */
const MEMBERS = new Set<unknown>(
  Object.values(api).flatMap((module) =>
    typeof module === 'object' ? Object.values(module).filter((member) => typeof member === 'function') : [],
  ),
);
