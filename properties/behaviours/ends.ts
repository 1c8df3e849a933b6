/** Rules about the end of VMs, and of the process that has them open. */
import type { Kvm } from '../../models/kernel/types';
import { type Behaviour, exec, nested, pages, read } from './behaviour';

const OLD_AND_NEW = ['v5.5', 'v6.1', 'linux-6.12', 'v6.18'];
const EXIT = 'exit_process';
const THREE_SPLITS = [exec(0), exec(1), exec(2)];
const IN_A_PASS = [...THREE_SPLITS, 'recover ratio=1 pause=1'];

/** How many pages the passes that have ended took. */
const taken = ({ record }: Kvm): number =>
  record.passes.flatMap(({ lists }) => lists).reduce((n, list) => n + list.taken.length, 0);
const findings = ({ record }: Kvm): string => record.findings.map(({ claim, text }) => `${claim}: ${text}`).join();
const ends = ({ record }: Kvm): string => record.ended.map(({ is_other }) => (is_other ? 'second' : 'first')).join();

export const BEHAVIOURS_OF_ENDS: readonly Behaviour[] = [
  {
    name: 'both VMs end with their process, each once',
    on: OLD_AND_NEW,
    program: ['other_vm do=exec', EXIT],
    sees: ends,
    want: 'second,first',
  },
  {
    name: 'the new process has one VM',
    on: OLD_AND_NEW,
    program: ['other_vm do=exec', EXIT],
    sees: ({ other }) => String(other),
    want: 'null',
  },
  {
    name: 'nothing is mapped in its VM',
    on: OLD_AND_NEW,
    program: [exec(0), nested('exec', 1), read(8), EXIT],
    sees: pages,
    want: '0/0/0',
  },
  {
    name: 'a VM that closes ends once, and so does a second one',
    on: OLD_AND_NEW,
    program: ['other_vm do=exec', 'other_vm do=destroy', 'destroy_vm'],
    sees: ends,
    want: 'first',
  },
  {
    name: 'up to 6.11 the mappings go while the worker, a kthread, is in its pass: it finds an empty list',
    on: ['v5.5', 'v6.1', 'v6.4'],
    program: [...IN_A_PASS, EXIT],
    sees: taken,
    want: 1,
  },
  {
    name: 'from 6.12 the worker, a thread of the process, ends its pass first',
    on: ['linux-6.12', 'v6.18'],
    program: [...IN_A_PASS, EXIT],
    sees: taken,
    want: 3,
  },
  {
    name: 'no pass goes on after its VM',
    on: OLD_AND_NEW,
    program: [...IN_A_PASS, EXIT],
    sees: ({ paused }) => paused.length,
    want: 0,
  },
  {
    name: 'a worker that was killed before is not waited for',
    on: ['linux-6.12', 'v6.18'],
    program: [exec(0), 'kill_worker', EXIT],
    sees: findings,
    want: '',
  },
  {
    name: 'the VM of the new process has a worker, which has not been killed',
    on: OLD_AND_NEW,
    program: [exec(0), 'kill_worker', EXIT, exec(0)],
    sees: ({ worker }) => `${worker.alive} ${worker.killed}`,
    want: 'true false',
  },
  {
    name: 'its period begins anew',
    on: ['v6.18'],
    program: [exec(0), 'wait until=before_due', EXIT, exec(0)],
    sees: ({ now, worker }) => now - worker.last,
    want: 0,
  },
  {
    name: 'a signal that was pending ends with its process',
    on: OLD_AND_NEW,
    program: ['signal', EXIT],
    sees: ({ signal_pending }) => String(signal_pending),
    want: 'false',
  },
  {
    name: 'an exemption ends with its process, and so do other modes of a VM',
    on: ['v6.18'],
    program: ['destroy_vm exempt=1 slot_zap_all=0 dirty_log=initially_set', EXIT],
    sees: (kvm) => `${kvm.disable_nx_huge_pages} ${kvm.slot_zap_all} ${kvm.dirty_log_mode}`,
    want: 'false true plain',
  },
  {
    name: 'parameters belong to the module, and outlive processes',
    on: OLD_AND_NEW,
    program: ['recovery_ratio ratio=7', EXIT],
    sees: ({ params }) => params.recovery_ratio,
    want: 7,
  },
  {
    name: 'a fault that is under way ends before its process does',
    on: ['v5.12', 'v6.1', 'v6.18'],
    program: [`${exec(0)} pause=1`, EXIT],
    sees: ({ record, paused }) => `${record.ended[0]?.listed} ${paused.length}`,
    want: '0 0',
  },
  {
    name: 'a vCPU that has left its nested guest is destroyed as any other',
    on: ['B56'],
    program: [nested('read', 0), read(0), EXIT],
    sees: findings,
    want: '',
  },
  {
    name: 'one that has not uses what the VM consists of: whoever closes the VM',
    on: ['B56'],
    program: [`${nested('read', 0)} vcpu=1`, 'destroy_vm'],
    sees: findings,
    want: 'PRIMITIVE: vCPU 1 leaves its nested guest when the MSR filter of its VM has been freed',
  },
  {
    name: 'each vCPU that is in its nested guest does',
    on: ['B56'],
    program: [nested('read', 0), `${nested('read', 0)} vcpu=1`, EXIT],
    sees: ({ record }) => record.findings.length,
    want: 2,
  },
  {
    name: 'vCPUs of a new VM are in no nested guest',
    on: ['B56'],
    program: [nested('read', 0), EXIT, EXIT],
    sees: findings,
    want: '',
  },
];
