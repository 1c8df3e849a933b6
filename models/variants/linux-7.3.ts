import { variant } from '../catalogue/variant';

/** What Linux 7.3 shipped: 6.18's mechanism. */
export default variant({
  kind: 'shipped',
  base: 'v6.18',
  source: '7.3.4, recorded',
  defects: ['B30', 'B37', 'B38', 'B39'],
});
