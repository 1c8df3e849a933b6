import { splits } from '../../models/spec/recovery';
import { sometimes } from '../claim';

export default sometimes('a 1G page and a 2M part of it are split at once', ({ ref }) => {
  const found = splits(ref);
  return found.some(({ level }) => level === 2) && found.some(({ level }) => level === 1);
});
