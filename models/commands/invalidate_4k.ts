import { command, offset, page } from '../catalogue/command';
import { invalidate_4k_page } from '../kernel/memslots';
import * as reference from '../spec/host';

export default command({
  doc: 'The host drops one 4K page and refills it. This breaks a 2M page that backs the region; where a 1G page does, nothing happens.',
  thread: 'notifier',
  args: { page: page(), offset: offset() },
  weight: 3,
  reference: (ref, a) => reference.invalidate_4k_page(ref, a.page, a.offset),
  asks: () => {},
  kernel: (kvm, a) => invalidate_4k_page(kvm, a.page, a.offset),
});
