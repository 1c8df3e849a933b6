import { always, breach } from '../claim';

/**
 * FLAG: a listed page is flagged, allocated, direct and not a root. So a page must leave its list before it is freed.
 */
export default always('a listed page is flagged, live, direct and no root', ({ audit }) => {
  for (const { pages } of audit.lists) {
    for (const sp of pages) {
      if (sp.freed)
        return breach(`the page for gfn ${sp.gfn} is on a list and freed`, 'off all lists before it is freed');
      if (!sp.nx_huge_page_disallowed) return breach(`the listed page for gfn ${sp.gfn} is not flagged`, 'flagged');
      if (!sp.role.direct || sp.is_root) return breach(`a root is on a list`, 'only direct pages below the root');
    }
  }
  return null;
});
