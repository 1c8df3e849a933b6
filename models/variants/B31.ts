import { variant } from '../catalogue/variant';

/** The role.level of a TDP page is its parent's level, so recovery zaps the range of a page one level up. */
export default variant({
  kind: 'defect',
  base: 'v5.10',
  source: 'fixed by a3aca4de0d91 (5.14)',
  expect: { violates: ['passes-zap-only-what-they-take'] },
  kernel: { child_role_level: (level) => level },
});
