import { splits } from '../../models/spec/recovery';
import { sometimes } from '../claim';

export default sometimes('a split in a slot that stands away from home', ({ ref }) =>
  ref.slots.some(({ page, broken }, id) => {
    if (page === null || page === ref.world.slots[id]?.home) return false;
    return splits(ref).some((table) => table.page >= page && table.page < page + broken.length);
  }),
);
