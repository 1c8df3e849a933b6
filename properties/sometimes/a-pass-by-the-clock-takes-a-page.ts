import { sometimes } from '../claim';

export default sometimes('a pass by the clock takes a page', ({ passes }) =>
  passes.some(({ record }) => !record.direct && record.lists.some(({ taken }) => taken.length > 0)),
);
