/**
 * Why a property is not judged on real kernels: what it is about cannot be read by userspace, or another property of real
 * kernels sees its consequences.
 */
const INSIDE = 'lists, counters and flags are inside the kernel; userspace reads only nx_lpage_splits';
const LOCKS = 'locks and the order of writes are inside the kernel; its own lockdep and WARNs judge them';
const TLBS = 'what a TLB holds cannot be read';
const BY_MAP = 'seen as numbers of pages: pages-are-mapped-as-they-must-be';
const BY_STAT = 'seen as a number of splits: stat-equals-splits';
const NOT_DRIVEN = 'the agent cannot make userspace or the host do it';

export const UNSEEN: Readonly<Record<string, string>> = {
  'counters-match-list-length': INSIDE,
  'accounted-under-its-own-type': INSIDE,
  'accounting-is-idempotent': INSIDE,
  'flags-mark-exec-faults': INSIDE,
  'listed-pages-are-flagged-and-live': INSIDE,
  'listed-pages-are-splits': BY_STAT,
  'stat-is-the-sum-of-counters': INSIDE,
  'used-pages-are-counted': INSIDE,
  'used-pages-of-all-vms-are-summed': INSIDE,
  'tdp-pages-are-counted': INSIDE,
  'page-stats-count-leaves': BY_MAP,
  'toggling-drains-all-lists': BY_STAT,
  'locks-are-held': LOCKS,
  'pages-are-published-in-order': LOCKS,
  'obsolete-pages-are-not-linked': INSIDE,
  'nothing-is-left-of-a-vm': 'when a VM has gone, its numbers cannot be read any more',
  'nothing-reachable-unflushed': TLBS,
  'no-executable-huge-leaf':
    'which leaves are executable cannot be read; how many are huge is checked by pages-are-mapped-as-they-must-be',
  'no-huge-leaf-over-a-flagged-table': BY_MAP,
  'mapped-as-the-reference-has-it': BY_MAP,
  'leaves-fit-their-slots': BY_MAP,
  'memory-taken-back-is-unmapped': BY_MAP,
  'leaves-grant-what-they-should': 'the permissions of a leaf cannot be read',
  'dirty-logging-write-protects': 'the permissions of a leaf cannot be read',
  'faults-are-foretold': 'the count of faults has those of the stub in it',
  'nobody-serves-accesses-outside-slots': 'such an access leaves the guest, and the stub would not come back',
  'flushes-have-a-reason':
    'the number of flushes depends on when the kernel yields; passes-flush-what-they-zap judges those of passes',
  'passes-zap-only-what-they-take': 'seen as numbers of pages after a pass: passes-take-their-share',
  'slots-of-their-own-address-space': 'the stub does not enter system management mode',
  'slots-are-as-userspace-has-them': BY_MAP,
  'parameters-are-taken-or-refused':
    'what a written parameter does is seen: passes-take-their-share, passes-come-when-due, stat-equals-splits',
  'prefaults-answer-what-they-did': 'the agent itself compares the answer: guest-accesses-complete',
  'reclaim-takes-what-it-must': NOT_DRIVEN,
  'vms-are-as-userspace-set-them': NOT_DRIVEN,
  'one-worker-for-each-vm': NOT_DRIVEN,
};
