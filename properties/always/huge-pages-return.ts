import { after, breach } from '../claim';

const NAMES = ['nothing', '4K', '2M', '1G'];

/** LIVE: what nothing forbids (dirty logging, a split, the backing) is huge again at the next access that may have it. */
export default after('access', 'a region that nothing forbids is mapped huge', ({ ref, kvm }) => {
  const { mapped_level } = kvm.record;
  if (mapped_level === 0 || mapped_level >= ref.access_level) return null;
  return breach(`mapped ${NAMES[mapped_level]}`, `${NAMES[ref.access_level]}: nothing forbids it`);
});
