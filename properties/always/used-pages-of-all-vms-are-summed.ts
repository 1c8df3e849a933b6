import { is_beside } from '../../models/world/world';
import { always, breach } from '../claim';

/** COUNT: up to 6.12, the shrinker is told how many pages the shadow MMUs of all VMs have. Judged once for all VMs. */
export default always(
  "kvm_total_used_mmu_pages equals the pages of all VMs' shadow MMUs",
  ({ audit, other, kvm: { params, world }, ref: { contract } }) => {
    if (!contract.module_counts_shadow_pages || is_beside(world)) return null;
    const want = audit.shadow_pages + (other?.audit.shadow_pages ?? 0);
    const { kvm_total_used_mmu_pages: sum } = params;
    return sum === want ? null : breach(`kvm_total_used_mmu_pages ${sum}`, `${want}, the pages of all shadow MMUs`);
  },
);
