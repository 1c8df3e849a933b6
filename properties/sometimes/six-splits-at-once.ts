import { sometimes } from '../claim';

export default sometimes('six splits at once', ({ splits }) => splits.reduce((sum, n) => sum + n, 0) >= 6);
