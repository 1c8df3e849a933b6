/** Parts of a test's C text. Only those are written that the program needs. */

/** What a program needs of the test around it. */
export type Need =
  | 'nested'
  | 'l1_access'
  | 'l2_access'
  | 'read'
  | 'write'
  | 'exec'
  | 'mmio'
  | 'clear_gpte_dirty'
  | 'recover'
  | 'clock'
  | 'set_recovery'
  | 'before_pass'
  | 'wait_for_pass'
  | 'let_pass_happen'
  | 'nx'
  | 'set_slot'
  | 'dirty_log'
  | 'clear_dirty_log'
  | 'move'
  | 'delete'
  | 'create'
  | 'recreate'
  | 'invalidate'
  | 'invalidate_4k'
  | 'vm_modes'
  | 'check'
  | 'flushed';
export type Needs = ReadonlySet<Need>;

/** The text, without the line break at its beginning; nothing where it is not wanted. */
export const when = (wanted: boolean, text: string): string => (wanted ? text.replace(/^\n/, '') : '');
