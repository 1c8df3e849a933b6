/**
 * Seeded faults: they show that a property detects what no defect of the catalogue violates, or what only one kind of
 * defect does.
 */
import { list_empty } from '../../models/kernel/list';
import * as nx from '../../models/kernel/nx_huge_pages';
import * as nx_recovery from '../../models/kernel/nx_recovery';
import type { KernelOps } from '../../models/kernel/ops';
import { tdp_mmu_set_spte } from '../../models/kernel/tdp_mmu';
import { account_then_link, link_then_account } from '../../models/kernel/tdp_mmu_map';
import { KVM_SHADOW_MMU } from '../../models/kernel/types';
import { FAULTS_OF_COUNTERS } from './faults_of_counters';
import { FAULTS_OF_LIMITS } from './faults_of_limits';
import { FAULTS_OF_LOGGING } from './faults_of_logging';
import { FAULTS_OF_ORDER } from './faults_of_order';
import { FAULTS_OF_PASSES } from './faults_of_passes';
import { FAULTS_OF_PLACES } from './faults_of_places';
import { FAULTS_OF_REQUESTS } from './faults_of_requests';
import { FAULTS_OF_RIGHTS } from './faults_of_rights';
import { FAULTS_OF_TLBS } from './faults_of_tlbs';
import { FAULTS_OF_WORKERS } from './faults_of_workers';
import type { SeededFault } from './seeded_fault';

/** A written parameter takes effect only on the VM that was created first. */
const FORGETS_OTHER_VMS: Partial<KernelOps> = { vm_list: (kvm) => [kvm] };
/** The second of two lists is never walked. */
const FORGETS_A_LIST: Partial<KernelOps> = { recover_nx_huge_pages: nx_recovery.recover_one_list };

export const SEEDED_FAULTS: readonly SeededFault[] = [
  {
    name: 'a pass walks the first of two lists, and not the second',
    breaks: ['to-zap-nonzero-when-splits-exist', 'passes-take-their-share'],
    on: ['v6.18'],
    kernel: FORGETS_A_LIST,
  },
  {
    name: 'a VM goes, and nobody waits for the pass that its worker is in',
    breaks: ['nothing-is-left-of-a-vm'],
    on: ['v6.1'],
    why: 'kthread_stop() waits; a pass that goes on uses what has been freed',
    program: ['guest_exec mmu=tdp page=0 offset=0', 'recover ratio=1 pause=1', 'exit_process'],
    kernel: {
      kvm_mmu_pre_destroy_vm({ worker }) {
        worker.alive = false;
      },
    },
  },
  {
    name: 'every pass goes by the usual ratio',
    breaks: ['passes-take-their-share'],
    on: ['v5.16'],
    kernel: { recover_nx_huge_pages: (kvm) => nx_recovery.recover_one_list(kvm, 60) },
  },
  {
    name: 'the notifier unmaps nothing of what L1 has mapped',
    breaks: ['memory-taken-back-is-unmapped'],
    on: ['v6.18'],
    why: 'a guest that continues to use memory of another owner; no kernel had this defect',
    kernel: { tdp_mmu_unmap_gfn_range: () => false },
  },
  {
    name: '4K pages stay writable where dirty logging starts',
    breaks: ['dirty-logging-write-protects'],
    on: ['v6.18'],
    why: 'with KVM_DIRTY_LOG_INITIALLY_SET 4K pages stay writable, as they must not without it',
    kernel: { dirty_log_start_level: 2 },
  },
  {
    name: 'an obsolete shadow page is found in the hash',
    breaks: ['obsolete-pages-are-not-linked'],
    on: ['v5.5'],
    why: 'pages that are zapped step by step exist beside new ones; only the generation distinguishes them',
    kernel: { is_obsolete_sp: () => false },
  },
  {
    name: 'a page that is accounted twice is counted twice',
    breaks: ['accounting-is-idempotent'],
    on: ['v5.5'],
    why: 'linking a page twice is harmless (B11) because accounting it twice is',
    kernel: {
      account_nx_huge_page(kvm, sp, possible) {
        if (possible && !list_empty(sp.possible_nx_huge_page_link)) nx.list_of(kvm, nx.type_of(sp)).nr_pages++;
        nx.account_huge_nx_page(kvm, sp, possible);
      },
    },
  },
  {
    name: 'what is mapped stays when the mitigation is switched',
    breaks: ['no-executable-huge-leaf'],
    on: ['v6.18'],
    why: 'this is what the mitigation is for; B18 shows it only sometimes',
    kernel: { *zap_all_on_toggle() {} },
  },
  {
    name: 'a nested table without a parent stays when L1 writes to what it shadows',
    breaks: ['mapped-as-the-reference-has-it'],
    on: ['v6.18'],
    why: 'the claim is checked only for variants that should conform: nearly every defect breaks it sooner or later',
    kernel: { track_write_zaps_parentless_pages: false },
  },
  {
    name: 'no table keeps its region small',
    breaks: ['no-huge-leaf-over-a-flagged-table'],
    on: ['v6.2'],
    kernel: { keeps_region_small: () => false },
  },
  {
    name: 'a table that a fault installs is zapped at once',
    breaks: ['guest-accesses-complete'],
    on: ['v5.18'],
    why: 'accounting prevents a vCPU that faults for ever; no kernel had this defect',
    kernel: {
      *tdp_mmu_install_child(kvm, fault, sp, index, level) {
        const child = yield* link_then_account(kvm, fault, sp, index, level);
        if (level === 2) tdp_mmu_set_spte(kvm, sp, index, level, 0);
        return child;
      },
    },
  },
  {
    name: 'parameters may be written though the mitigation is off for good',
    breaks: ['parameters-are-taken-or-refused'],
    on: ['v6.18'],
    why: 'the mitigation is off for good only because writes are refused; no kernel forgot that',
    kernel: { may_write_params: () => true },
  },
  {
    name: 'a parameter write acts on the first VM only',
    breaks: ['toggling-drains-all-lists'],
    on: ['v6.18'],
    kernel: FORGETS_OTHER_VMS,
  },
  {
    name: 'a TDP table is listed without tdp_mmu_pages_lock, before it is published',
    breaks: ['locks-are-held'],
    on: ['v6.18'],
    kernel: { tdp_mmu_install_child: account_then_link },
  },
  {
    name: "an exec fault lists a TDP page as the shadow MMU's",
    breaks: ['accounted-under-its-own-type', 'passes-take-their-share'],
    on: ['v6.18'],
    kernel: { tdp_mmu_account: (kvm, sp) => nx.track_possible_nx_huge_page(kvm, sp, KVM_SHADOW_MMU) },
  },
  ...FAULTS_OF_REQUESTS,
  ...FAULTS_OF_PASSES,
  ...FAULTS_OF_COUNTERS,
  ...FAULTS_OF_LIMITS,
  ...FAULTS_OF_LOGGING,
  ...FAULTS_OF_TLBS,
  ...FAULTS_OF_RIGHTS,
  ...FAULTS_OF_PLACES,
  ...FAULTS_OF_WORKERS,
  ...FAULTS_OF_ORDER,
];
