import { variant } from '../catalogue/variant';
import { mmu_unlock, rcu_read_lock, rcu_read_unlock, read_lock } from '../kernel/lock';
import { forget_sp } from '../kernel/sp';
import { is_shadow_present_pte } from '../kernel/spte';
import { an_invalidated_root, tdp_mmu_set_spte } from '../kernel/tdp_mmu';
import { ROOT_LEVEL } from '../world/world';

/**
 * A walk that has let others run begins again at the entry that it has not visited yet, and steps over it. So a root that is
 * torn down is freed with that entry in it: what it leads to stays, and nobody will ever zap it.
 */
export default variant({
  kind: 'defect',
  base: 'v5.12',
  title: 'a walk that yielded steps over an entry of the root that it tears down',
  since: '5.10',
  source: 'fixed by 3a0f64de479c (5.16); from reading',
  expect: {
    violates: ['toggling-drains-all-lists', 'memory-taken-back-is-unmapped'],
    follows: [
      'no-executable-huge-leaf',
      'listed-pages-are-splits',
      'stat-equals-splits',
      'passes-zap-only-what-they-take',
      'page-stats-count-leaves',
      'primitives-are-used-rightly',
      'nothing-is-left-of-a-vm',
    ],
  },
  kernel: {
    *kvm_tdp_mmu_zap_invalidated_roots(kvm) {
      rcu_read_lock(kvm);
      for (let root = an_invalidated_root(kvm); root; root = an_invalidated_root(kvm)) {
        for (let index = 0; index < root.spt.length; index++) {
          if (!is_shadow_present_pte(root.spt[index] ?? 0)) continue;
          tdp_mmu_set_spte(kvm, root, index, ROOT_LEVEL, 0);
          if (!(yield 'need_resched')) continue;
          rcu_read_unlock(kvm);
          mmu_unlock(kvm);
          yield 'lock_dropped';
          read_lock(kvm);
          rcu_read_lock(kvm);
          index = root.spt.findIndex(is_shadow_present_pte);
          if (index < 0) break;
        }
        forget_sp(kvm, root);
        kvm.rcu_frees.push(root);
      }
      rcu_read_unlock(kvm);
    },
  },
});
