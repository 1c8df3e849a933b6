import { resolve } from 'node:path';
import { CI_OPTIONS, open_delivery } from '../../../harness/cli/ci/deliver';
import { type CliCommand, EXIT, not_both, number_flag, seed_flag, time_flag } from '../../../harness/cli/cli';
import { default_seed } from '../../../harness/cli/default_seed';
import { head_commit } from '../../../harness/cli/git';
import { SHARED } from '../../../harness/cli/options';
import { open_part, share_flag } from '../../../harness/cli/shard';
import { CallError, known } from '../../../harness/errors';
import { check_new } from '../../../harness/files/save';
import { VARIANTS } from '../../../models/catalogue/catalogue';
import { name_today } from '../../../models/catalogue/former_names';
import { target_of } from '../../../models/live/target';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { SUITE } from '../suite';
import { check_base_call, compare_kernels } from './base';
import { bisect } from './bisect';
import { save_file } from './kept';
import { machine_of } from './kernels';
import { ANY_OF_DEBIAN, list_kernels } from './list';
import { one_program, read_given, recorded_programs } from './programs';
import { fresh_notes, kernel_line, nearness } from './report';
import { search_kernel } from './search';
import { machine_of_shards } from './shard';
import { touched_lines, untouched_lines } from './touched';

const DEFAULT_CASES = 100;
const MAX_CASES = 1_000_000;

/** `live`: a real kernel instead of a model. */
export const LIVE: CliCommand = {
  words: '--kernel PATH|debian:VERSION | --target host',
  doc: 'a real kernel, booted in a virtual machine: the regressions, then random programs; what breaks is shrunk on it',
  options: {
    kernel: {
      value: 'PATH|debian:SERIES[=VERSION]',
      help: 'a vmlinux or bzImage, a build tree, a .deb, or one that Debian ships, like debian:7.3 or debian:7.3=7.3.4-1; `debian:` lists those',
    },
    modules: { value: 'DIR', help: "where this kernel's modules are, if KVM is built as modules" },
    seed: SHARED.seed,
    cases: {
      value: 'N',
      fallback: `${DEFAULT_CASES}, with --time as many as there is time for`,
      help: 'random programs',
    },
    time: { value: '30s|5m|2h', help: 'how long at most, once the kernel is up' },
    base: { value: 'PATH|debian:…', help: 'what does this kernel do otherwise than that one?' },
    program: {
      value: 'FILE|NAME|SEED:CASE',
      help: 'this program instead of a search; recorded ones (.jsonl): the same as recorded?',
    },
    bisect: {
      help: 'with --program: is this kernel good (0), bad (1) or to be skipped (125)? for git bisect run; 128 ends it',
    },
    property: {
      value: 'NAME',
      fallback: 'any that --base does not break',
      help: 'with --bisect: what makes a kernel bad',
      more: true,
    },
    save: { value: 'NAME', help: 'keep the first new finding as a regression' },
    all: { help: 'known defects are printed in full, and count as failures' },
    target: { value: 'host', help: "this machine's own KVM, as root, instead of --kernel", more: true },
    'base-modules': { value: 'DIR', help: 'where the modules of the --base kernel are', more: true },
    params: { value: 'tdp_mmu=0', help: 'other parameters of KVM, as kvm.ko takes them', more: true },
    giant: { help: 'a slot backed by a 1G page, too (takes 6 GB of memory)', more: true },
    vms: { value: 'N', fallback: 'one for each core', help: 'virtual machines at once', more: true },
    touched: {
      value: 'FUNC,…|FILE.patch',
      help: 'how often these functions of the kernel ran: one that never did is no green',
      more: true,
    },
    contract: {
      value: 'BASELINE',
      fallback: "by the kernel's version",
      help: 'the model that it is compared with',
      more: true,
    },
    record: { value: 'FILE.jsonl', help: 'write what the kernel did, for conform', more: true, writes: true },
    ...CI_OPTIONS,
    journal: SHARED.journal,
    shard: SHARED.shard,
    json: SHARED.json,
  },
  async run(call, terminal, ledger, journal) {
    if (call.words.length > 0)
      throw new CallError(`live takes no words, but "${call.words.join(' ')}"; see "help live"`);
    if (call.text('kernel') === ANY_OF_DEBIAN) return list_kernels(call, terminal, ledger);
    const seconds = time_flag(call, 'time');
    const cases = number_flag(call, 'cases', 0, MAX_CASES, seconds === null ? DEFAULT_CASES : MAX_CASES);
    const seed = seed_flag(call) ?? default_seed(terminal.env, terminal.now(), head_commit);
    const share = share_flag(call, terminal);
    for (const name of ['time', 'base', 'program']) not_both(call, 'shard', name);
    const delivery = open_delivery(call, terminal);
    // What is wrong with the call is said before anything is booted.
    const named = call.text('contract');
    const contract = named === undefined ? undefined : known('variant', name_today(named), VARIANTS).name;
    if (call.flag('bisect')) return bisect(call, terminal, ledger, contract);
    if (call.text('property') !== undefined) throw new CallError('--property without --bisect');
    const base = call.text('base');
    if (base !== undefined) check_base_call(call);
    if (base === undefined && call.text('base-modules') !== undefined)
      throw new CallError('--base-modules without --base');
    const program = call.text('program');
    for (const name of ['save', 'all', 'seed', 'cases', 'time', 'journal', 'junit', 'ktap'])
      not_both(call, 'program', name);
    for (const name of ['junit', 'ktap']) not_both(call, 'base', name);
    const record = call.text('record');
    const files = [...(record === undefined ? [] : [resolve(record)]), ...[save_file(call) ?? []].flat()];
    if (new Set(files).size < files.length) throw new CallError('--record and --save name one file');
    for (const file of files) check_new(file);
    const given = program === undefined ? null : await read_given(program, call.flag('giant'), terminal.signal);

    const booted = call.parts ? Promise.resolve(machine_of_shards(call.parts)) : machine_of(call, terminal);
    const machine = await booted.catch((error: unknown) => {
      if (!terminal.signal.aborted) throw error;
      return null;
    });
    if (machine === null) {
      terminal.err('interrupted before the kernel was up');
      return EXIT.interrupted;
    }
    try {
      const target = target_of(machine, LIVE_CLAIMS, contract, call.flag('giant'));
      const say = call.flag('json') || delivery.ktap ? terminal.err : terminal.out;
      for (const line of [`kernel: ${kernel_line(machine)}`, ...fresh_notes(machine)]) say(line);
      const writer = share && open_part('live', LIVE.options, call, { suite: SUITE, own: null }, seed, share, terminal);
      const part = share && writer && { share, writer };
      // Time begins when the kernel is up.
      const until = seconds === null ? Number.POSITIVE_INFINITY : terminal.now() + seconds * 1000;
      const wanted = { seed, cases, until };
      const run = async () => {
        if (base !== undefined) return compare_kernels(machine, call, terminal, ledger, journal, { base, ...wanted });
        say(`contract: ${target.contract_name}${contract === undefined ? nearness(target) : ''}`);
        if (program === undefined)
          return search_kernel(target, call, terminal, ledger, journal, wanted, delivery, part);
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
