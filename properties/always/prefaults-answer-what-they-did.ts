import { after, breach } from '../claim';

/**
 * ANSWER: a prefault that answers 0 has mapped the page; outside slots, in a nested guest and before 6.11 it is refused, and nowhere
 * else. Does not judge prefaults that never end (LIVE), nor what is refused while a slot is on its way out.
 */
export default after('prefault', 'a prefault answers what it has done', ({ kvm, ref, predictable }) => {
  const { prefault } = kvm.record;
  if (prefault === null) return null;
  const { answer, level } = prefault;
  if (answer === '0' && level === 0) return breach('0, and nothing maps the page', 'the page mapped');
  return !predictable || answer === ref.prefault ? null : breach(`the prefault returned ${answer}`, ref.prefault);
});
