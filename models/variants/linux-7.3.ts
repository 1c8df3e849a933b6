import { variant } from '../catalogue/variant';
import b30 from './B30';

/** What Linux 7.3 shipped: 6.18's mechanism with B30, B37, B38 and B39. */
export default variant({
  kind: 'shipped',
  base: 'linux-7.3-b30-mended',
  source: '7.3.4, recorded',
  expect: {
    violates: [
      'to-zap-nonzero-when-splits-exist',
      'counters-match-list-length',
      'booked-under-its-own-type',
      'passes-take-their-share',
      'huge-pages-return',
    ],
  },
  ...(b30.kernel && { kernel: b30.kernel }),
});
