import { optional, whole } from '../../harness/program/command';
import { command } from '../catalogue/command';
import { destroy_and_create_again } from '../kernel/vm';
import * as reference from '../spec/parameters';

const flag = (kind: string, otherwise: 0 | 1) => optional(whole(kind, 0, 1), otherwise);

/**
 * Between closing and creating there is no VM, unless a second one exists. Only then can `never` be written (from 6.5).
 */
export default command({
  doc: 'Userspace closes the VM and creates another like it, with nothing mapped (exempt=1: exempt from the mitigation, from 6.0 on; never=1: before it creates the VM, userspace writes never to nx_huge_pages; slot_zap_all=0: KVM_X86_QUIRK_SLOT_ZAP_ALL is off, so that deleting a slot zaps only its own mappings, from 6.12 on).',
  args: { exempt: flag('exempt', 0), never: flag('never', 0), slot_zap_all: flag('slot_zap_all', 1) },
  weight: 1,
  reference: (ref, a) => reference.destroy_vm(ref, a.exempt === 1, a.never === 1, a.slot_zap_all === 1),
  kernel: (kvm, a) => destroy_and_create_again(kvm, a.exempt === 1, a.never === 1, a.slot_zap_all === 1),
});
