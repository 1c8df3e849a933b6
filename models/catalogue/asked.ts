/** Which entries of the table of functions a variant asks, and what is to be known of each: what `list --ops` prints. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Replaceable } from '../../harness/suite';
import { doc_comments } from '../../harness/user_code/doc_comments';
import type { KernelOps } from '../kernel/ops';
import { VARIANTS } from './catalogue';

type Entry = keyof KernelOps;

const WITHOUT_TDP_MMU: readonly Entry[] = [
  'child_role_level',
  'tdp_mmu_install_child',
  'tdp_faults_make_room',
  'tdp_mmu_accounts',
  'flags_table',
  'flags_before_publishing',
  'still_to_be_tracked',
  'tdp_mmu_account',
  'tdp_mmu_unlink_sp',
  'tdp_mmu_zap_for_recovery',
  'accumulate_flush',
  'eager_split',
  'tdp_account_mmu_page',
  'tdp_unaccount_mmu_page',
  'shadow_mmu_split_huge_page',
  'tdp_roots_outlive_their_vcpus',
];
const BEFORE_5_13: readonly Entry[] = ['kvm_mmu_try_split_huge_pages'];
const BEFORE_6_11: readonly Entry[] = ['prefaults_retry_on_invalid_slots', 'is_spurious_prefault'];
const BEFORE_6_8: readonly Entry[] = [...BEFORE_6_11, 'kvm_arch_pre_set_memory_attributes'];
const BEFORE_6_12: readonly Entry[] = [...BEFORE_6_8, 'kvm_mmu_zap_memslot', 'vhost_task_exits'];
const BEFORE_6_2: readonly Entry[] = [
  ...BEFORE_6_12,
  'flags_table',
  'flags_before_publishing',
  'slot_for_recovery',
  'warns_without_slot',
];
const BEFORE_6_0: readonly Entry[] = [...BEFORE_6_2, 'shadow_mmu_split_huge_page'];
const PATCH_V1: readonly Entry[] = [
  ...BEFORE_5_13,
  ...BEFORE_6_0,
  'still_to_be_tracked',
  'create_worker_once',
  // Its second pass is by itself.
  'tdp_zap_may_yield',
  'accumulate_flush',
];
const LIST_PER_TYPE: readonly Entry[] = ['tdp_zap_may_yield', 'finish_pass', 'unaccounts_dirty_pages'];

/**
 * The entries that a variant never asks, whatever the program; who is not named asks what its base asks. Measured:
 * asked.test.ts counts again, and prints what is to be written here.
 */
export const NEVER_ASKED: Readonly<Record<string, readonly Entry[]>> = {
  'v5.5': [
    ...WITHOUT_TDP_MMU,
    ...BEFORE_5_13,
    ...BEFORE_6_12,
    'tdp_zap_may_yield',
    'slot_for_recovery',
    'warns_without_slot',
    'create_worker_once',
    'protects_huge_pages_when_cleared',
  ],
  'v5.10': [...BEFORE_5_13, ...BEFORE_6_0, 'still_to_be_tracked', 'create_worker_once'],
  'v5.12': [...BEFORE_6_0, 'create_worker_once'],
  'v6.1': [...BEFORE_6_2, 'create_worker_once'],
  'v6.2': [...BEFORE_6_12, 'create_worker_once'],
  'v6.18': LIST_PER_TYPE,
  'v6.18-without-tdp-mmu': [...WITHOUT_TDP_MMU, ...LIST_PER_TYPE],
  'linux-6.12': [],
  'linux-6.17': ['compares_roles_of_tables'],
  'patch-v1-fixed': PATCH_V1,
  // A pass that dies at once takes no page; one that sees no page takes none.
  'patch-v1': [...PATCH_V1, 'tdp_mmu_account', 'tdp_mmu_zap_for_recovery'],
  'V1+V2': [...PATCH_V1, 'tdp_mmu_zap_for_recovery'],
  'V1+V5': [...PATCH_V1, 'tdp_mmu_account', 'tdp_mmu_zap_for_recovery'],
  V2: [...PATCH_V1, 'tdp_mmu_zap_for_recovery'],
  V5: [...PATCH_V1, 'tdp_mmu_account', 'tdp_mmu_zap_for_recovery'],
  // Who does not compare gfns compares no roles.
  B52: [...LIST_PER_TYPE, 'compares_roles_of_tables'],
  B15: [...BEFORE_6_12, 'create_worker_once', 'slot_for_recovery', 'warns_without_slot'],
};

/** What a variant never asks: its own line of the table, or that of the nearest base that has one. */
export function never_asked_by(variant: string): readonly Entry[] {
  const base = VARIANTS.get(variant)?.base;
  return NEVER_ASKED[variant] ?? (base ? never_asked_by(base) : []);
}

/** The variants that ask an entry. */
export const asked_by = (entry: string): string[] =>
  [...VARIANTS.keys()].filter((name) => !never_asked_by(name).some((one) => one === entry));

/** The source, or the declarations that are made of it: both have the comments. */
const source_of = (path: string): string => (existsSync(`${path}.ts`) ? `${path}.ts` : `${path}.d.ts`);

/** Every entry, with its doc comment in ops.ts. */
export function replaceable(): ReadonlyMap<string, Replaceable> {
  const docs = doc_comments(source_of(join(__dirname, '..', 'kernel', 'ops')), 'KernelOps');
  return new Map([...docs].map(([entry, doc]) => [entry, { doc, asked_by: asked_by(entry) }]));
}
