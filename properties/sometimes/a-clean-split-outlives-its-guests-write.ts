import { is_table } from '../../models/kernel/spte';
import { KVM_SHADOW_MMU } from '../../models/kernel/types';
import { ROOT_LEVEL } from '../../models/world/world';
import { sometimes } from '../claim';

/**
 * L1's entry was clean when its guest executed, so KVM built a read-only tree. The guest's write unlinked that tree,
 * but a page of it is still listed.
 */
export default sometimes(
  'a split of a nested guest is still listed after its root stopped pointing to it',
  ({ audit, kvm }) => {
    const list = audit.lists[KVM_SHADOW_MMU];
    const { shadow } = kvm.roots;
    return (
      list?.pages.some(({ role, gfn }) => {
        const index = Math.floor(gfn / kvm.world.fan_out ** 2);
        const now = shadow?.child[index];
        return role.guest_mode && is_table(shadow?.spt[index] ?? 0, ROOT_LEVEL) && now?.role.access !== role.access;
      }) ?? false
    );
  },
);
