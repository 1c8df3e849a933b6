import { list_empty } from '../../models/kernel/list';
import { sometimes } from '../claim';

export default sometimes('one listed shadow page is linked from the roots of two nested guests', ({ kvm }) =>
  kvm.sps.some((sp) => sp.parent_ptes.length > 1 && !list_empty(sp.possible_nx_huge_page_link)),
);
