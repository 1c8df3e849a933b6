import { even_in_a_crash, finding } from '../claim';

/** THREAD: one at most, none where none is yet, none that outlives its VM; creating it is tried until it succeeds. */
export default even_in_a_crash('a VM has one worker, from when it needs one until it ends', (view) =>
  finding(view, 'THREAD', 'one worker a VM: none is woken before, KVM_RUN fails but for a signal, it ends with the VM'),
);
