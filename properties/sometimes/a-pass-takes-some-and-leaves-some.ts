import { sometimes } from '../claim';

export default sometimes('a pass takes some splits of a list and leaves some', ({ passes }) =>
  passes.some(({ record, splits }) => {
    return record.lists.some(({ list, taken }) => taken.length > 0 && taken.length < (splits[list] ?? 0));
  }),
);
