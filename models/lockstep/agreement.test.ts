import fc from 'fast-check';
import { SUITE } from '../../bin/kvm/suite';
import { VARIANTS } from '../catalogue/catalogue';
import { mapped_pages } from '../spec/recovery';
import { SMALL_WORLD } from '../world/world';
import { start_session } from './session';

const baselines = [...VARIANTS.values()].filter(({ kind }) => kind === 'baseline');

/**
 * Stronger than any property: in a conforming baseline, both sides have the same leaves and tables whenever nothing is
 * paused.
 */
test.each(baselines)('$name and the reference map the same', (baseline) => {
  const same = fc.property(SUITE.programs, (program) => {
    const session = start_session(baseline, SMALL_WORLD);
    const { view } = session;
    for (const command of program) {
      session.step(command);
      if (!view.quiescent) continue;
      expect(view.audit.leaves).toEqual(mapped_pages(view.ref));
      expect(view.kvm.stat.pages).toEqual(view.audit.leaves);
      expect(view.divergence.places.size).toBe(0);
    }
  });
  fc.assert(same, { seed: 1, numRuns: 150 });
});
