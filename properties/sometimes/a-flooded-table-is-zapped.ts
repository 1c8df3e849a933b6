import { ROOT_LEVEL } from '../../models/world/world';
import { sometimes } from '../claim';

/** L1 writes to one of its tables again and again, so KVM takes the table for ordinary memory and zaps its shadow. */
export default sometimes('what shadows a nested guest’s table is zapped for write flooding', ({ kvm }) =>
  kvm.record.reclaimed.some(({ level }) => level === ROOT_LEVEL),
);
