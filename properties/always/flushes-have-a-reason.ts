import { after, finding } from '../claim';

/**
 * VAIN: an operation flushes only after it has zapped something, or when dirty logging begins. Passes are judged by
 * what they zap.
 */
export default after('finding', 'TLBs are flushed for a reason', (view) => finding(view, 'VAIN', 'no flush'));
