import type { VmEnd } from '../../models/kernel/types';
import { after, breach } from '../claim';

const WHAT: Readonly<Record<Exclude<keyof VmEnd, 'is_other'>, string>> = {
  listed: 'pages on its lists',
  pages: 'shadow pages and TDP pages',
  cached: 'translations that its vCPUs have cached',
  miscounted: 'counters of pages on lists that are not 0',
  used: 'pages in n_used_mmu_pages',
  tdp: 'pages in tdp_mmu_pages',
  passes: 'passes of its worker that go on',
};

/** END: when a VM is gone its lists and TLBs are empty, its counters are zero, and no pass comes after it. */
export default after('end', 'nothing is left of a VM that has ended', ({ kvm }) => {
  for (const end of kvm.record.ended) {
    for (const key of Object.keys(WHAT) as (keyof typeof WHAT)[]) {
      if (end[key] === 0) continue;
      return breach(`${end[key]} ${WHAT[key]}, when ${end.is_other ? 'the second VM' : 'the VM'} is gone`, 'none');
    }
  }
  return null;
});
