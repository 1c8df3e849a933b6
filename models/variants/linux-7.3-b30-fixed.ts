import { variant } from '../catalogue/variant';

/** Linux 7.3 as shipped, but with B30 fixed. */
export default variant({
  kind: 'shipped',
  base: 'v6.18',
  source: '7.3.4 with B30 fixed, recorded',
  defects: ['B35', 'B37', 'B38', 'B39', 'B42', 'B51'],
});
