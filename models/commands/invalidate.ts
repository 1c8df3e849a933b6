import { command, page } from '../catalogue/command';
import { invalidate_region } from '../kernel/memslots';
import * as reference from '../spec/host';

export default command({
  doc: 'The host drops the memory of a 2M region (or of the whole 1G page that backs it) and refills it. A broken huge page is whole again.',
  thread: 'notifier',
  args: { page: page() },
  weight: 14,
  reference: (ref, a) => reference.invalidate_region(ref, a.page),
  asks: () => {},
  kernel: (kvm, a) => invalidate_region(kvm, a.page),
});
