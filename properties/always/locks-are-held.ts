import { after, finding } from '../claim';

/** LOCK: lists and counters change under mmu_lock for write, or for read with tdp_mmu_pages_lock on top (TDP pages). */
export default after('finding', 'the right lock is held for what is touched', (view) =>
  finding(view, 'LOCK', 'mmu_lock for write, or for read and tdp_mmu_pages_lock (TDP pages only)'),
);
