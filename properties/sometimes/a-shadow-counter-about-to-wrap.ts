import { splits } from '../../models/spec/recovery';
import { sometimes } from '../claim';

/** One decrement too many, and the counter of the shadow MMU's pages would be close to 2^64. */
export default sometimes('a pass takes TDP pages while no shadow page is split', ({ passes, ref }) =>
  passes.some(({ record }) => {
    const taken = record.lists.flatMap((list) => list.taken);
    return taken.some(({ mmu }) => mmu === 'tdp') && !splits(ref).some(({ mmu }) => mmu === 'shadow');
  }),
);
