import { variant } from '../catalogue/variant';

/** Linux 7.3 as shipped: the mechanism of 6.18. */
export default variant({
  kind: 'shipped',
  base: 'v6.18',
  source: '7.3.4, recorded',
  defects: ['B30', 'B35', 'B37', 'B38', 'B39', 'B42', 'B51'],
});
