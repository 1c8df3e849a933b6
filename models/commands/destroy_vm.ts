import { oneOf, optional, whole } from '../../harness/program/command';
import { command } from '../catalogue/command';
import { destroy_and_create_again } from '../kernel/vm';
import * as reference from '../spec/parameters';
import { DIRTY_LOG_MODES, type DirtyLogMode } from '../world/world';

/** What it is by default is its simplest value. */
const flag = (kind: string, otherwise: 0 | 1) => optional(whole(kind, 0, 1, [otherwise, 1 - otherwise]), otherwise);

interface Args {
  readonly exempt: number;
  readonly slot_zap_all: number;
  readonly dirty_log: DirtyLogMode;
}
const of_a_vm = ({ exempt, slot_zap_all, dirty_log }: Args) => ({
  exempt: exempt === 1,
  slot_zap_all: slot_zap_all === 1,
  dirty_log,
});

/**
 * Between closing and creating there is no VM, unless a second one exists. Only then can `never` be written (from 6.5).
 */
export default command({
  doc: 'Userspace closes the VM and creates another like it, with nothing mapped (exempt=1: exempt from the mitigation, from 6.0 on; never=1: before it creates the VM, userspace writes never to nx_huge_pages; slot_zap_all=0: KVM_X86_QUIRK_SLOT_ZAP_ALL is off, so that deleting a slot zaps only its own mappings, from 6.12 on; dirty_log=manual: a dirty page is write-protected again when its bit is cleared, and not when the log is read; dirty_log=initially_set: in addition, dirty logging begins with all pages dirty and none protected, from 5.7 on).',
  args: {
    exempt: flag('exempt', 0),
    never: flag('never', 0),
    slot_zap_all: flag('slot_zap_all', 1),
    dirty_log: optional(oneOf(...DIRTY_LOG_MODES), 'plain'),
  },
  weight: 1,
  reference: (ref, a) => reference.destroy_vm(ref, of_a_vm(a), a.never === 1),
  kernel: (kvm, a) => destroy_and_create_again(kvm, of_a_vm(a), a.never === 1),
});
