import { sometimes } from '../claim';

export default sometimes('reclaim takes a shadow page', ({ kvm }) => kvm.record.reclaimed.length > 0);
