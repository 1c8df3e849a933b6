import { splits } from '../../models/spec/recovery';
import { sometimes } from '../claim';

export default sometimes('both MMUs hold splits at once', ({ ref }) => {
  const mmus = new Set(splits(ref).map(({ mmu }) => mmu));
  return mmus.has('tdp') && mmus.has('shadow');
});
