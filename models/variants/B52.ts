import { variant } from '../catalogue/variant';

/**
 * L1's entry of a nested guest points elsewhere, behind write tracking. The next fault walks into the tables of the memory that it
 * pointed to before, and maps in them what their own gfns do not say. When such a table is zapped, by recovery for one, the
 * reverse map keeps a pointer into it. If the entry has only changed its size, the tables that it finds serve as well, and the split
 * that a new one would be is missing.
 */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: "after L1's entry has changed unseen, a fault maps in the direct tables of another gfn",
  since: '5.5',
  source: 'fixed by 0cb2af2ea66a (7.1) and 81ccda30b4e8 (7.2, CVE-2026-53359); seen on 6.16.12, 6.17.13 and 6.18.15',
  expect: {
    violates: ['primitives-are-used-rightly'],
    // Of a leaf in the table of another gfn, nobody who goes by gfns takes rights away.
    follows: [
      'huge-pages-return',
      'leaves-fit-their-slots',
      'leaves-grant-what-they-should',
      'mapped-as-the-reference-has-it',
      'stat-equals-splits',
    ],
  },
  kernel: { is_table_for: () => true },
});
