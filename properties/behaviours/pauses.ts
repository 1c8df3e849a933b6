/** Rules about paused commands (docs/interleavings.md). */
import { kvm_mmu_zap_all_fast } from '../../models/kernel/memslots';
import { is_current_sp } from '../../models/kernel/sp';
import { kvm_tdp_mmu_zap_sp } from '../../models/kernel/tdp_mmu';
import type { Kvm } from '../../models/kernel/types';
import { type Behaviour, exec, nested, pages, read } from './behaviour';

const paused = (kvm: Kvm): number => kvm.paused.length;
const interrupted = ({ record }: Kvm): string => record.passes.map((pass) => pass.interrupted).join();
const SPLITS = [exec(0), exec(1)];

const THREADS: readonly Behaviour[] = [
  {
    name: 'a vCPU does one thing after the other',
    on: ['v6.18'],
    program: [`${exec(0)} pause=1`, read(1)],
    sees: paused,
    want: 0,
  },
  {
    name: 'two vCPUs do not wait for each other',
    on: ['v6.18'],
    program: [`${exec(0)} pause=1`, `${exec(4)} vcpu=1 pause=1`],
    sees: paused,
    want: 2,
  },
  {
    name: 'the worker does one thing after the other',
    on: ['v6.18'],
    program: [...SPLITS, 'recover ratio=1 pause=1', 'recover ratio=1'],
    sees: (kvm) => `${kvm.paused.length} paused, ${kvm.record.passes.length} passes`,
    want: '0 paused, 2 passes',
  },
  {
    name: 'a resumed thread runs to the end of its command',
    on: ['v6.18'],
    program: [...SPLITS, 'recover ratio=1 pause=1', 'resume thread=worker'],
    sees: (kvm) => `${kvm.paused.length} paused, ${kvm.record.passes.length} passes`,
    want: '0 paused, 1 passes',
  },
  {
    name: 'a resumed thread may be paused again',
    on: ['v6.18'],
    program: [...SPLITS, 'recover ratio=1 pause=1', 'resume thread=worker pause=1'],
    sees: paused,
    want: 1,
  },
  {
    name: 'resume resumes the vCPU that it names',
    on: ['v6.18'],
    program: [`${exec(0)} pause=1`, `${exec(4)} vcpu=1 pause=1`, 'resume thread=vcpu vcpu=1'],
    sees: (kvm) => kvm.paused.map(({ vcpu }) => vcpu).join(),
    want: '0',
  },
  {
    name: 'there is one worker, whichever vCPU is named beside it',
    on: ['v6.18'],
    program: [...SPLITS, 'recover ratio=1 pause=1', 'resume thread=worker vcpu=1'],
    sees: paused,
    want: 0,
  },
  {
    name: 'a paused command keeps nothing of the command before it',
    on: ['v6.18'],
    program: [...SPLITS, 'recover ratio=1 pause=1'],
    sees: (kvm) => (kvm.paused[0]?.fault === null ? 'nothing' : 'a fault'),
    want: 'nothing',
  },
  {
    name: 'a thread that holds mmu_lock for write keeps all others out',
    on: ['v5.10'],
    program: [exec(0)],
    sees: ({ record }) => record.yields,
    want: 0,
  },
  {
    name: 'the end of a VM waits for nobody, and leaves nothing mapped',
    on: ['v5.5', 'v6.18'],
    program: [exec(0), nested('exec', 0), 'destroy_vm'],
    sees: pages,
    want: '0/0/0',
  },
];

const INTERRUPTED: readonly Behaviour[] = [
  {
    name: 'a pass that was interrupted is recorded as interrupted',
    on: ['v6.18'],
    program: [...SPLITS, 'recover ratio=1 pause=1', 'resume thread=worker'],
    sees: interrupted,
    want: 'true',
  },
  {
    name: 'a pass that ran while another command was paused is recorded as such',
    on: ['v6.18'],
    program: [...SPLITS, 'dirty_log on=1 slot=1 pause=1', 'recover ratio=1'],
    sees: interrupted,
    want: 'true',
  },
  { name: 'others are not', on: ['v6.18'], program: [...SPLITS, 'recover ratio=1'], sees: interrupted, want: 'false' },
  {
    name: 'a pass that releases its lock has flushed before, and owes no second flush at its end',
    on: ['v6.2', 'patch-v1-fixed'],
    program: [exec(0), 'recover ratio=1 pause=1', 'resume thread=worker'],
    sees: ({ record }) => record.passes[0]?.flushes ?? -1,
    want: 1,
  },
  {
    name: 'what a paused command has left unflushed stays unflushed while others run',
    on: ['v6.18'],
    program: [...SPLITS, 'recover ratio=1 pause=1', 'resume thread=worker'],
    kernel: {
      tdp_mmu_zap_for_recovery(kvm, sp) {
        kvm_tdp_mmu_zap_sp(kvm, sp);
        return false;
      },
    },
    sees: ({ running }) => String(running.tlb_suspect),
    want: 'true',
  },
  {
    name: 'a page that an RCU reader may still use is not freed',
    on: ['linux-6.12'],
    program: ['dirty_log on=1', 'dirty_log on=0 pause=1', `${exec(0)} pause=2`, 'resume thread=memslots'],
    sees: ({ rcu_frees }) => rcu_frees.map(({ freed }) => freed).join(),
    want: 'false',
  },
  {
    name: 'a page is freed when the last RCU reader has left',
    on: ['linux-6.12'],
    program: [
      'dirty_log on=1',
      'dirty_log on=0 pause=1',
      `${exec(0)} pause=2`,
      'resume thread=memslots',
      'resume thread=vcpu',
    ],
    sees: ({ rcu_frees }) => rcu_frees.length,
    want: 0,
  },
];

/** For each shadow page, oldest first: whether a vCPU may still reach it. */
const current = (kvm: Kvm): string => kvm.sps.map((sp) => Number(is_current_sp(kvm, sp))).join('');

const OBSOLETE: readonly Behaviour[] = [
  {
    name: 'all tables are current while nothing is being zapped',
    on: ['v5.5', 'v6.18'],
    program: [exec(0), nested('exec', 0)],
    sees: (kvm) => current(kvm).replaceAll('1', ''),
    want: '',
  },
  {
    name: 'tables below a root that is being zapped are obsolete; those of the new root are current',
    on: ['v5.10', 'v6.18'],
    program: [exec(0), exec(4), 'nx_huge_pages on=0 pause=1', read(0)],
    sees: current,
    want: '00011',
  },
  {
    name: 'TDP tables below a zapped root are obsolete even if the generation has wrapped around to theirs',
    on: ['v6.18'],
    program: [exec(0), exec(4), 'delete_slot slot=1 pause=1', 'nx_huge_pages on=0 pause=1'],
    kernel: { zap_all_on_toggle: kvm_mmu_zap_all_fast },
    sees: (kvm) => current(kvm).replaceAll('0', ''),
    want: '',
  },
  {
    name: 'a nested table that is linked nowhere is current: the next fault may find it',
    on: ['v6.2', 'v6.18'],
    program: [nested('read', 0), 'dirty_log on=1', 'dirty_log on=0', nested('read', 0)],
    sees: (kvm) => current(kvm).replaceAll('1', ''),
    want: '',
  },
  {
    name: 'shadow pages of another generation are not current',
    on: ['v5.5'],
    program: [nested('exec', 0), nested('exec', 1), 'nx_huge_pages on=0 pause=1', nested('read', 0)],
    sees: current,
    want: '00011',
  },
];

/** vCPU 0 faults and pauses; vCPU 1 maps the page first; the mitigation is switched on before vCPU 0 is done. */
const spurious = (kind: string): Behaviour => ({
  name: `${kind}: a mapping that another vCPU has installed meanwhile, and that suffices, is left alone (RET_PF_SPURIOUS)`,
  on: ['v5.12', 'v6.18'],
  program: [
    'nx_huge_pages on=0',
    `guest_${kind} mmu=tdp page=0 offset=0 pause=1`,
    'guest_exec mmu=tdp page=0 offset=0 vcpu=1',
    'nx_huge_pages on=1',
  ],
  sees: ({ record }) => record.findings.length,
  want: 0,
});

const SPURIOUS: readonly Behaviour[] = [spurious('exec'), spurious('read'), spurious('write')];

const WHO_OWES: Behaviour = {
  name: 'zaps of a paused pass, which it will flush, do not count against another thread that leaves RCU',
  on: ['v6.18'],
  program: [
    exec(4),
    'recover ratio=1',
    nested('read', 0),
    read(0),
    'recreate_slot slot=1 pause=2',
    exec(0),
    exec(1),
    'recover ratio=1 pause=3',
    'resume thread=memslots',
  ],
  sees: ({ record }) => record.findings.map(({ text }) => text).join(),
  want: '',
};

export const BEHAVIOURS_OF_PAUSES: readonly Behaviour[] = [
  ...THREADS,
  ...INTERRUPTED,
  ...OBSOLETE,
  ...SPURIOUS,
  WHO_OWES,
];
