import { splits } from '../../models/spec/recovery';
import { sometimes } from '../claim';

/** If such a pass decremented the shadow MMU's counter by mistake, the counter would wrap to nearly 2^64. */
export default sometimes('a pass takes TDP pages while no shadow page is split', ({ passes, ref }) =>
  passes.some(({ record }) => {
    const taken = record.lists.flatMap((list) => list.taken);
    return taken.some(({ mmu }) => mmu === 'tdp') && !splits(ref).some(({ mmu }) => mmu === 'shadow');
  }),
);
