import { sometimes } from '../claim';

export default sometimes('ten splits at once', ({ splits }) => splits.reduce((sum, n) => sum + n, 0) >= 10);
