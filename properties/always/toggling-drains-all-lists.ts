import { after, breach } from '../claim';

/** TOGGLE: switching the mitigation drops all mappings, and so unlists every page that was listed before. */
export default after('toggle', 'a changed nx_huge_pages drains all lists', ({ audit, kvm }) => {
  const { toggled_before } = kvm.record;
  let left = 0;
  for (const { pages } of audit.lists) for (const { id } of pages) if (id < toggled_before) left++;
  return left === 0 ? null : breach(`${left} pages still listed`, '0');
});
