/**
 * Which commands can concern each other: those that act on the same state. A search must draw each pair with a common
 * subject often enough, in either order; `harness/campaign/frequency.ts` counts them.
 */
const ACCESSES = ['guest_exec', 'guest_read', 'guest_write'];

export const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  'slots and their mappings': [
    ...ACCESSES,
    'create_slot',
    'delete_slot',
    'dirty_log',
    'clear_dirty_log',
    'invalidate',
    'invalidate_4k',
    'move_slot',
    'recreate_slot',
  ],
  'splits and passes': [
    'guest_exec',
    'recover',
    'wait',
    'recovery_ratio',
    'recovery_period',
    'nx_huge_pages',
    'dirty_log',
    'recreate_slot',
    'invalidate',
    'reclaim',
  ],
  'shadow pages': [...ACCESSES, 'clear_gpte_dirty', 'nr_mmu_pages', 'reclaim', 'recover', 'nx_huge_pages', 'dirty_log'],
  'roots, and what is mapped below': ['drop_roots', 'guest_exec'],
  'entries of nested guests': ['remap_entry', 'guest_exec', 'invalidate'],
  'attributes of pages, and what maps them': ['attributes', ...ACCESSES, 'dirty_log', 'invalidate', 'recover'],
  'processes, and their VMs': ['exit_process', 'guest_exec', 'recover', 'wait', 'other_vm'],
  'pages that are mapped in advance': [
    'prefault',
    ...ACCESSES,
    'delete_slot',
    'move_slot',
    'recreate_slot',
    'dirty_log',
    'invalidate',
  ],
  'VMs, and their workers': [
    'destroy_vm',
    'other_vm',
    'kill_worker',
    'signal',
    'guest_exec',
    'recover',
    'wait',
    'recovery_ratio',
    'recovery_period',
    'nx_huge_pages',
  ],
  'commands that are paused': [
    'resume',
    'guest_exec',
    'recover',
    'dirty_log',
    'nx_huge_pages',
    'recreate_slot',
    'delete_slot',
  ],
};
