/** Which columns of the step table a property is about: those are marked where it breaks. */
const LISTED = ['listed', 'listed shadow', 'listed tdp'] as const;
const COUNTER = ['counter', 'counter shadow', 'counter tdp'] as const;

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  'to-zap-nonzero-when-splits-exist': ['to_zap'],
  'passes-take-their-share': ['to_zap'],
  'counters-match-list-length': COUNTER,
  'stat-equals-splits': ['stat', 'nx_lpage_splits'],
  'stat-is-the-sum-of-counters': ['stat'],
  'listed-pages-are-splits': LISTED,
  'listed-pages-are-flagged-and-live': LISTED,
  'mapped-as-the-reference-has-it': ['mapped', '4K', '2M', '1G'],
  'huge-pages-return': ['mapped', '2M'],
  'prefaults-answer-what-they-did': ['answer'],
};

/** Columns of models, and of real kernels: a table has some of them. */
export const columns_of = (property: string): readonly string[] => COLUMNS[property] ?? [];
