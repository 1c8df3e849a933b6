import { always, breach } from '../claim';

/**
 * ANSWER: a prefault that answers 0 has mapped the page; outside slots, in a nested guest and before 6.11 it is refused, and nowhere
 * else. Does not judge prefaults that never end (LIVE), nor what is refused while a slot is on its way out.
 */
export default always('a prefault answers what it has done', ({ kvm, ref, predictable }) => {
  const { prefault, mapped_level } = kvm.record;
  if (prefault === null) return null;
  if (prefault === '0' && mapped_level === 0) return breach('0, and nothing maps the page', 'the page mapped');
  return !predictable || prefault === ref.prefault
    ? null
    : breach(`the prefault returned ${prefault}`, ref.prefault ?? '');
});
