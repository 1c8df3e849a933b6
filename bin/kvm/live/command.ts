import { resolve } from 'node:path';
import { type CliCommand, EXIT, not_both, number_flag, seed_flag, time_flag } from '../../../harness/cli/cli';
import { default_seed } from '../../../harness/cli/default_seed';
import { head_commit } from '../../../harness/cli/git';
import { CallError, known } from '../../../harness/errors';
import { check_new } from '../../../harness/files/save';
import { VARIANTS } from '../../../models/catalogue/catalogue';
import { name_today } from '../../../models/catalogue/former_names';
import { target_of } from '../../../models/live/target';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { check_base_call, compare_kernels } from './base';
import { save_file } from './kept';
import { machine_of } from './kernels';
import { one_program, read_given, recorded_programs } from './programs';
import { fresh_notes, kernel_line, nearness } from './report';
import { search_kernel } from './search';
import { touched_lines, untouched_lines } from './touched';

const DEFAULT_CASES = 100;
const MAX_CASES = 1_000_000;

/** `live`: a real kernel instead of a model. */
export const LIVE: CliCommand = {
  usage:
    'live --kernel PATH|debian:6.1|debian:6.12|debian:7.3 [--modules DIR] [--params tdp_mmu=0] [--giant] [--vms N] [--touched FUNC,…|FILE.patch] | --target host ' +
    '[--base PATH|debian:… [--base-modules DIR]] ' +
    '[--contract BASELINE] [--seed S] [--cases N] [--time 5m] [--program FILE|SEED:CASE] [--save NAME] [--record FILE] [--journal FILE] [--all] [--json]',
  doc: 'a real kernel, booted in a virtual machine: the regressions, then random programs; what breaks is shrunk on it; --base: what it does otherwise than another',
  options: {
    kernel: { type: 'string' },
    modules: { type: 'string' },
    base: { type: 'string' },
    'base-modules': { type: 'string' },
    params: { type: 'string' },
    giant: { type: 'boolean' },
    vms: { type: 'string' },
    touched: { type: 'string' },
    target: { type: 'string' },
    contract: { type: 'string' },
    seed: { type: 'string' },
    cases: { type: 'string' },
    time: { type: 'string' },
    program: { type: 'string' },
    save: { type: 'string' },
    record: { type: 'string' },
    journal: { type: 'string' },
    all: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  async run(call, terminal, ledger, journal) {
    if (call.words.length > 0)
      throw new CallError(`live takes no words, but "${call.words.join(' ')}"; usage: ${LIVE.usage}`);
    const seconds = time_flag(call, 'time');
    const cases = number_flag(call, 'cases', 0, MAX_CASES, seconds === null ? DEFAULT_CASES : MAX_CASES);
    const seed = seed_flag(call) ?? default_seed(terminal.env, terminal.now(), head_commit);
    // What is wrong with the call is said before anything is booted.
    const named = call.text('contract');
    const contract = named === undefined ? undefined : known('variant', name_today(named), VARIANTS).name;
    const base = call.text('base');
    if (base !== undefined) check_base_call(call);
    if (base === undefined && call.text('base-modules') !== undefined)
      throw new CallError('--base-modules without --base');
    const program = call.text('program');
    for (const name of ['save', 'all', 'seed', 'cases', 'time', 'journal']) not_both(call, 'program', name);
    const record = call.text('record');
    const files = [...(record === undefined ? [] : [resolve(record)]), ...[save_file(call) ?? []].flat()];
    if (new Set(files).size < files.length) throw new CallError('--record and --save name one file');
    for (const file of files) check_new(file);
    const given = program === undefined ? null : await read_given(program, call.flag('giant'), terminal.signal);

    const machine = await machine_of(call, terminal).catch((error: unknown) => {
      if (!terminal.signal.aborted) throw error;
      return null;
    });
    if (machine === null) {
      terminal.err('interrupted before the kernel was up');
      return EXIT.interrupted;
    }
    try {
      const target = target_of(machine, LIVE_CLAIMS, contract, call.flag('giant'));
      const say = call.flag('json') ? terminal.err : terminal.out;
      for (const line of [`kernel: ${kernel_line(machine)}`, ...fresh_notes(machine)]) say(line);
      // Time begins when the kernel is up.
      const until = seconds === null ? Number.POSITIVE_INFINITY : terminal.now() + seconds * 1000;
      const wanted = { seed, cases, until };
      const run = async () => {
        if (base !== undefined) return compare_kernels(machine, call, terminal, ledger, journal, { base, ...wanted });
        say(`contract: ${target.contract_name}${contract === undefined ? nearness(target) : ''}`);
        if (program === undefined) return search_kernel(target, call, terminal, ledger, journal, wanted);
        return given?.traces
          ? recorded_programs(target, program, given.traces, terminal, call, ledger)
          : one_program(target, given?.program ?? null, program, terminal, call, ledger);
      };
      const code = await run();
      for (const line of touched_lines(machine.touched)) say(line);
      for (const line of untouched_lines(machine.touched)) ledger.doubt(line);
      return code;
    } finally {
      await machine.close();
    }
  },
};
