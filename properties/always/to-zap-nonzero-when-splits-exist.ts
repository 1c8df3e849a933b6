import { after, breach } from '../claim';

/** RATE, the seed: a pass over a list that should hold splits takes at least one. Says nothing about which. */
export default after('pass', 'to_zap is nonzero when splits exist, unless recovery is off', ({ passes }) => {
  for (const { record, splits } of passes) {
    for (const { book, ratio, to_zap } of record.lists) {
      const n = splits[book] ?? 0;
      if (ratio !== 0 && n > 0 && to_zap === 0) return breach('to_zap 0', `at least 1 of ${n} splits`);
    }
  }
  return null;
});
