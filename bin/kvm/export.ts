/** `export`: a program as a selftest of the kernel, one C file in the manner of tools/testing/selftests/kvm/x86. */
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type Call, type CliCommand, EXIT } from '../../harness/cli/cli';
import { CallError, known } from '../../harness/errors';
import { read_named } from '../../harness/files/read';
import { check_new, save_new } from '../../harness/files/save';
import { case_text, parse_case } from '../../harness/program/case';
import type { Program } from '../../harness/program/command';
import { is_regression, read_program_file } from '../../harness/program/file';
import { program_texts } from '../../harness/program/text';
import { program_file } from '../../harness/regression/named';
import { read_regression } from '../../harness/regression/regression';
import { bounds_of, COMMANDS, VARIANTS } from '../../models/catalogue/catalogue';
import { name_today } from '../../models/catalogue/former_names';
import type { ExpectedStep } from '../../models/export/expected';
import { library_of, NEWEST_LIBRARY, test_makefile } from '../../models/export/library';
import { patch_text } from '../../models/export/patch';
import { selftest_text, steps_of } from '../../models/export/selftest';
import { makefile_lines, place_of, wrapper_text } from '../../models/export/wrapper';
import { live_programs } from '../../models/live/programs';
import { variant_for_kernel } from '../../models/observed/traces';
import type { Contract } from '../../models/spec/contract';
import { LIVE_WORLD } from '../../models/world/world';
import { SUITE } from './suite';

/** The contract of kernels of today. */
const NEWEST = 'linux-7.3';

/** A program, and what a test of it is called and says of itself. */
interface Named {
  readonly program: Program;
  readonly title: string;
  readonly about: string;
  /** It is drawn: what a test cannot do is left out. */
  readonly leaves_out: boolean;
}

export const EXPORT: CliCommand = {
  words: 'NAME|FILE|SEED:CASE',
  doc: 'a regression, a file of commands or a case of live as a selftest of the kernel, with its script',
  options: {
    selftest: { value: 'FILE.c', help: 'where to write it; its script is FILE.sh beside it', writes: true },
    'kernel-tree': {
      value: 'DIR',
      fallback: 'the library of 7.3',
      help: 'write it for the selftest library of this kernel source (6.8 or later)',
    },
    patch: { value: 'FILE.patch', help: 'the same as a mail for git am', more: true, writes: true },
    contract: {
      value: 'BASELINE',
      fallback: "by the tree's version",
      help: 'what is expected: the specification for this baseline or kernel',
      more: true,
    },
  },
  async run(call, terminal, ledger) {
    ledger.ask('tests', 1);
    const [word = '', ...rest] = call.words;
    if (word === '' || rest.length > 0) throw new CallError('export takes one program: NAME, FILE or SEED:CASE');
    const file = call.text('selftest');
    if (file === undefined) throw new CallError('export needs --selftest FILE.c, where the test is written');
    const name = name_of(file);
    const script = resolve(file, '..', `${name}.sh`);
    const patch = call.text('patch');
    for (const one of [resolve(file), script, ...(patch === undefined ? [] : [resolve(patch)])]) check_new(one);
    const { library, contract, contract_name } = held_to(call);
    const named = await read_program(word, contract, terminal.signal);
    const exported = { ...named, name, contract, contract_name, world: LIVE_WORLD, library };
    const written = { text: selftest_text(exported), script: wrapper_text(name) };
    save_new(resolve(file), written.text);
    save_new(script, written.script);
    if (patch !== undefined) save_new(resolve(patch), patch_text({ ...exported, ...written }, library));
    ledger.done('tests', 1);
    terminal.out(`${file}: ${named.program.length} commands, expected as ${contract_name} says`);
    for (const line of left_out(steps_of(exported))) terminal.out(line);
    terminal.out(`${script}: runs it and restores KVM's parameters; make it executable (chmod +x)`);
    terminal.out(`its place in a kernel tree: ${place_of(name, library)}`);
    terminal.out(`lines for ${test_makefile(library)}:`);
    for (const line of makefile_lines(name, library)) terminal.out(`  ${line}`);
    return EXIT.good;
  },
};

/** The name of a test: words with underscores, as those of the kernel. */
function name_of(file: string): string {
  const name = basename(file, '.c');
  if (!file.endsWith('.c') || !/^[a-z][a-z0-9_]*$/.test(name))
    throw new CallError(`--selftest ${file}: a file of C like nx_recovery_test.c (a-z, 0-9 and _)`);
  return name;
}

/** The library that the test uses, and the contract that it expects. */
function held_to(call: Call) {
  const tree = call.text('kernel-tree');
  const { library, version } = tree === undefined ? { library: NEWEST_LIBRARY, version: null } : library_of(tree);
  const named = call.text('contract');
  const wanted = named === undefined ? (version === null ? NEWEST : variant_for_kernel(version)) : name_today(named);
  const { name: contract_name, contract } = known('variant', wanted, VARIANTS);
  return { library, contract, contract_name };
}

/** The program that is meant: a case of live, a regression, or a file. A file that is there is meant, whatever its name. */
async function read_program(word: string, contract: Contract, signal: AbortSignal): Promise<Named> {
  const of_case = existsSync(word) ? null : parse_case(word);
  if (of_case) {
    const { draw } = live_programs(contract, { tdp_mmu: true, nested: true, giant: false });
    const text = case_text(of_case);
    return {
      program: draw(of_case.seed, of_case.index),
      title: `NX huge pages: random program ${text}`,
      about: 'Splits and recovers huge pages, and checks the counters after each command.',
      leaves_out: true,
    };
  }
  const file = program_file(SUITE, word);
  const text = await read_named(file, signal);
  if (!is_regression(text)) {
    return {
      program: read_program_file(COMMANDS, bounds_of(LIVE_WORLD), file, text),
      title: `NX huge pages: ${basename(file)}`,
      about: 'Splits and recovers huge pages, and checks the counters after each command.',
      leaves_out: false,
    };
  }
  const { parsed, name, postmortem } = read_regression(SUITE, file, text);
  check_slots(parsed);
  const title = `NX huge pages: ${name.replaceAll('-', ' ')}`;
  return { program: parsed, title, about: postmortem, leaves_out: false };
}

/** Commands that the test leaves out, by the reason. */
function left_out(steps: readonly ExpectedStep[]): string[] {
  const reasons = steps.flatMap(({ skipped }) => skipped ?? []);
  return [...new Set(reasons)].map(
    (why) => `left out: ${reasons.filter((one) => one === why).length} commands, ${why}`,
  );
}

/** Regressions are about the slots of models. Only the first of them is the same on real machines. */
export function check_slots(program: Program): void {
  const [slot] = LIVE_WORLD.slots;
  if (!slot) return;
  for (const [i, { args }] of program.entries()) {
    const page = Number(args['page'] ?? 0);
    const inside = [slot.home, slot.away].some((from) => page >= from && page < from + slot.regions);
    if (inside && Number(args['slot'] ?? 0) === 0) continue;
    const text = program_texts(COMMANDS, program)[i];
    throw new CallError(`command ${i + 1}, ${text}: only the first slot of a regression is there on real machines`);
  }
}
