import { WRITE } from '../../models/kernel/spte';
import type { kvm_mmu_page } from '../../models/kernel/types';
import { always, breach } from '../claim';

/** DIRTY, of a nested guest's hypervisor: under an entry that it has not marked dirty nothing is writable. */
export default always('what a nested guest may write to its hypervisor has marked dirty', ({ kvm, at_rest }) => {
  if (!at_rest) return null;
  for (const mmu of ['shadow', 'shadow2'] as const) {
    const root = kvm.roots[mmu];
    if (!root) continue;
    for (const [index, clean] of kvm.clean[mmu].entries()) {
      const child = root.child[index];
      if (clean && (child ? grants_writes(child) : (root.spt[index] ?? 0) & WRITE))
        return breach(`a writable leaf below entry ${index} (${mmu})`, 'none: the entry is not dirty');
    }
  }
  return null;
});

const grants_writes = (sp: kvm_mmu_page): boolean =>
  sp.spt.some((spte, i) => {
    const child = sp.child[i];
    return child ? grants_writes(child) : (spte & WRITE) !== 0;
  });
