/** Lists that are not initialised or corrupted, and pages that are added or removed twice. */
import { list_add_tail, list_del_init, list_empty, zeroed_list_head } from '../../models/kernel/list';
import * as nx from '../../models/kernel/nx_huge_pages';
import * as nx_pass from '../../models/kernel/nx_pass';
import type { KernelOps } from '../../models/kernel/ops';
import type { kvm_mmu_page, list_head } from '../../models/kernel/types';
import type { NegativeTest } from './negative_test';

/** Pages are tracked correctly, but the list is corrupted before that, or after it. */
const before = (spoil: (head: list_head, sp: kvm_mmu_page) => void): Partial<KernelOps> => ({
  track_possible_nx_huge_page(kvm, sp, type) {
    if (nx_pass.pages_of(kvm, type).next?.page) spoil(nx_pass.pages_of(kvm, type), sp);
    nx.track_possible_nx_huge_page(kvm, sp, type);
  },
});
const after = (spoil: (head: list_head, link: list_head) => void): Partial<KernelOps> => ({
  track_possible_nx_huge_page(kvm, sp, type) {
    nx.track_possible_nx_huge_page(kvm, sp, type);
    spoil(nx_pass.pages_of(kvm, type), sp.possible_nx_huge_page_link);
  },
});
const untracked = (spoil: (link: list_head) => void): Partial<KernelOps> => ({
  untrack_possible_nx_huge_page(kvm, sp, type) {
    if (list_empty(sp.possible_nx_huge_page_link)) return;
    spoil(sp.possible_nx_huge_page_link);
    nx.remove_from_list(kvm, sp, type);
  },
});

/** A `list_head` that is not embedded in any page. */
const stranger = (): list_head => zeroed_list_head(null);

const UNINITIALISED = 'KernelOops: list_add to a list head that was never initialised (NULL)';
const LISTED = 'KernelOops: list_add of a page that is on a list already';
const ADD_CORRUPTED = 'KernelOops: list_add finds the list corrupted';
const UNLISTED = 'KernelOops: list_del of a page that is on no list';
const DEL_CORRUPTED = 'KernelOops: list_del finds the list corrupted';
const CORRUPTED = 'the list of possible_nx_huge_pages[KVM_TDP_MMU] is corrupted';

export const OF_LISTS: readonly NegativeTest[] = [
  {
    name: 'a head without prev',
    kernel: before((head) => Object.assign(head, { prev: null })),
    verdict: UNINITIALISED,
  },
  { name: 'a page added twice', kernel: before((head, sp) => add_unasked(head, sp)), verdict: LISTED },
  {
    name: 'a tail that leads elsewhere',
    kernel: before((head) => Object.assign(head.prev ?? {}, { next: stranger() })),
    verdict: ADD_CORRUPTED,
  },
  {
    name: 'a zeroed link is added: allowed',
    kernel: {
      track_possible_nx_huge_page(kvm, sp, type) {
        if (!list_empty(sp.possible_nx_huge_page_link)) return;
        sp.possible_nx_huge_page_link.next = null;
        kvm.stat.nx_lpage_splits++;
        nx.add_to_list(kvm, sp, type);
      },
    },
    verdict: null,
  },
  { name: 'a page taken off twice', kernel: untracked(list_del_init), verdict: UNLISTED },
  { name: 'a link without next', kernel: untracked((link) => Object.assign(link, { next: null })), verdict: UNLISTED },
  { name: 'a link without prev', kernel: untracked((link) => Object.assign(link, { prev: null })), verdict: UNLISTED },
  {
    name: 'a next that leads elsewhere',
    kernel: untracked((link) => Object.assign(link.next ?? {}, { prev: stranger() })),
    verdict: DEL_CORRUPTED,
  },
  {
    name: 'a prev that leads elsewhere',
    kernel: untracked((link) => Object.assign(link.prev ?? {}, { next: stranger() })),
    verdict: DEL_CORRUPTED,
  },
  {
    name: 'a list that ends in NULL',
    kernel: after((_, link) => Object.assign(link, { next: null })),
    verdict: CORRUPTED,
  },
  {
    name: 'neighbours that disagree',
    kernel: after((head) => Object.assign(head, { prev: stranger() })),
    verdict: CORRUPTED,
  },
  { name: 'a link of no page', kernel: after((_, link) => Object.assign(link, { page: null })), verdict: CORRUPTED },
  { name: 'a loop past the head', kernel: after(tie), verdict: CORRUPTED },
  {
    name: 'a head without next, in a pass',
    kernel: {
      to_zap(kvm, list) {
        nx_pass.pages_of(kvm, list).next = null;
        return 1;
      },
    },
    verdict: 'KernelOops: the first entry of the list is NULL',
  },
  {
    name: 'a page tracked twice: allowed',
    kernel: {
      track_possible_nx_huge_page(kvm, sp, type) {
        nx.track_possible_nx_huge_page(kvm, sp, type);
        nx.track_possible_nx_huge_page(kvm, sp, type);
      },
    },
    verdict: null,
  },
];

function add_unasked(head: list_head, sp: kvm_mmu_page): void {
  if (sp.possible_nx_huge_page_link.next === sp.possible_nx_huge_page_link) {
    list_add_tail(sp.possible_nx_huge_page_link, head);
    list_add_tail(sp.possible_nx_huge_page_link, head);
  }
}

/** Links the first and the last page of a list to each other, without the head. */
function tie({ next, prev }: list_head): void {
  if (!next || !prev || next === prev) return;
  Object.assign(next, { prev });
  Object.assign(prev, { next });
}
