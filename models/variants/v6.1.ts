import { variant } from '../variant';

/** 6.1: as 5.18, and nested huge leaves are split when dirty logging starts, too. */
export default variant({
  kind: 'era',
  base: 'v5.18',
  source: '6.1, every known defect mended',
  expect: 'conforms',
  contract: { eager_split_nested: true },
  kernel: { eager_split: { tdp: true, nested: true } },
});
