/** Which programs cannot be a selftest, and why. */
import type { Command } from '../../harness/program/command';
import type { Reference } from '../spec/reference';
import { slot_at } from '../spec/reference';

/** Commands that userspace cannot bring about, or that no selftest should. */
const IMPOSSIBLE: Readonly<Record<string, string>> = {
  reclaim: 'userspace cannot make KVM reclaim shadow pages: its lowest limit is never reached',
  nr_mmu_pages: 'userspace cannot make KVM reclaim shadow pages: its lowest limit is never reached',
  resume: 'a test runs one command after the other; it cannot stop KVM between two of its steps',
  kill_worker: "the worker is a thread of the test's own process, and a signal to it ends the test",
  signal: 'a signal during the first KVM_RUN has no moment at which a test could send it',
  drop_roots: 'a guest that changes CR0.WP and back is not written yet',
  remap_entry: 'an entry of L1 that points elsewhere is not written yet',
  attributes: 'a VM of the default type has no private memory',
  exit_process: 'a test is one process, and has nobody who would look after it',
  prefault: "KVM_PRE_FAULT_MEMORY is the subject of the kernel's pre_fault_memory_test",
  other_vm: 'a second VM beside the tested one is not written yet',
};

/** Why the worker makes no pass for this command; null if it does, or if it is another command. */
export const makes_no_pass = ({ name, args }: Command, { nx }: Reference): string | null => {
  if (name !== 'recover' || (nx && Number(args['ratio']) !== 0)) return null;
  return nx ? 'the worker makes no pass at ratio 0' : 'the worker makes no pass while nx_huge_pages is off';
};

const OUTSIDE = 'KVM ends a guest that fetches outside all slots (KVM_EXIT_INTERNAL_ERROR)';

/** Whether a guest fetches outside all slots; KVM ends its run for that. */
const fetches_outside = ({ name, args }: Command, before: Reference): string | null =>
  name === 'guest_exec' && !slot_at(before, Number(args['page'])) ? OUTSIDE : null;

/** Why this command cannot be exported; null if it can. `before`: the specification before it. */
export function why_refused(command: Command, before: Reference): string | null {
  const { name, args } = command;
  const impossible = IMPOSSIBLE[name];
  if (impossible !== undefined) return impossible;
  if (Number(args['pause'] ?? 0) !== 0) return 'a test cannot stop KVM in the middle of a command (pause)';
  if (args['mmu'] === 'smm') return 'the guest of a selftest does not enter system management mode';
  if (args['mmu'] === 'shadow2') return 'the test has one nested guest, not two';
  if (args['backing'] === '1g')
    return 'a slot backed by a page of 1G needs hugetlbfs pages, which not every machine has';
  if (Number(args['exempt'] ?? 0) !== 0)
    return "KVM_CAP_VM_DISABLE_NX_HUGE_PAGES is the subject of the kernel's nx_huge_pages_test";
  if (Number(args['never'] ?? 0) !== 0) return 'nx_huge_pages=never cannot be taken back, so the machine would stay so';
  return fetches_outside(command, before);
}
