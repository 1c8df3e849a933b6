import { sometimes } from '../claim';

export default sometimes('a pass takes a page in a dirty-logged slot', ({ passes }) =>
  passes.some(({ record }) => record.lists.some(({ taken }) => taken.some(({ dirty }) => dirty))),
);
