import { splits } from '../../models/spec/recovery';
import { sometimes } from '../claim';

export default sometimes('a split in a slot that stands away from home', ({ ref }) =>
  ref.slots.some(({ region, broken }, id) => {
    if (region === null || region === ref.world.slots[id]?.home) return false;
    return splits(ref).some((table) => table.region >= region && table.region < region + broken.length);
  }),
);
