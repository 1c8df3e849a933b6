import { after, breach } from '../claim';

/** TOGGLE: switching the mitigation drops all mappings, and with them every listed page. */
export default after('toggle', 'a changed nx_huge_pages drains all lists', ({ audit, kvm }) => {
  if (!kvm.record.nx_toggled) return null;
  const left = audit.lists.reduce((n, { length }) => n + (length ?? 0), 0);
  return left === 0 ? null : breach(`${left} pages still listed`, '0');
});
