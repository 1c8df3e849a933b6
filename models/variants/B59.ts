import { variant } from '../catalogue/variant';

/**
 * L1's entry of a nested guest comes to lead to a page directory, behind write tracking, or to a 1G page instead. The directory lies in
 * the first 4K page of the 1G page that the entry maps at the other time. A walk that compares gfns alone takes the direct table of that
 * page for the directory's, as B52 does with those of any other memory; or what a directory mapped stays.
 */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: "a walk takes a direct table for that of L1's page directory, which has the same gfn",
  since: '5.5',
  source: 'fixed by 81ccda30b4e8 (7.2, CVE-2026-53359); seen on 6.12.90, which has 0cb2af2ea66a alone',
  expect: {
    violates: ['primitives-are-used-rightly'],
    follows: ['mapped-as-the-reference-has-it', 'huge-pages-return', 'leaves-fit-their-slots'],
  },
  kernel: { compares_roles_of_tables: false },
});
