import { CAUSES } from '../../models/lockstep/session';
import { breach, even_in_a_crash, finding, seen_by_userspace } from '../claim';

/** PRIMITIVE: lists, pointers and memory are used correctly, and every command ends. */
const claim = even_in_a_crash('no crash, no hang, no misused list, no freed page touched', (view) => {
  const { audit, crash, kvm } = view;
  if (crash !== null) return breach(crash, 'the command ends');
  for (let list = 0; list < audit.lists.length; list++) {
    if (audit.lists[list]?.length === null)
      return breach(`the list of ${kvm.lists[list]?.name} is corrupted`, 'a list');
  }
  return finding(view, 'PRIMITIVE', 'as the rules of the kernel demand');
});

/** A real kernel reports this on its console, or no longer answers. */
export default seen_by_userspace(claim, ({ command, complaint, failure }) => {
  const trouble = complaint ?? (CAUSES['access']?.includes(command.name) ? null : failure);
  return trouble === null ? null : breach(trouble, 'the command ends, without complaints');
});
