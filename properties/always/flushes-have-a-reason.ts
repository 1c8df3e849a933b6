import { after, finding } from '../claim';

/** VAIN: who flushes has zapped something before, or begins to log writes. Passes are judged by what they zap. */
export default after('finding', 'TLBs are flushed for a reason', (view) => finding(view, 'VAIN', 'no flush'));
