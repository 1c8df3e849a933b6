import { sometimes } from '../claim';

export default sometimes('a pass over n splits at a ratio above 1 that does not divide n', ({ passes }) =>
  passes.some(({ record }) =>
    record.lists.some(({ listed, ratio }) => ratio > 1 && listed > ratio && listed % ratio !== 0),
  ),
);
