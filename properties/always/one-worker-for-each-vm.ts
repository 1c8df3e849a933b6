import { breach, even_in_a_crash, finding } from '../claim';

const WANT = 'each VM has one worker: woken only while it lives, created unless a signal is pending, ended with the VM';

/**
 * THREAD: a VM has at most one worker: none too early, none after the VM ends; creating it is retried until it
 * succeeds.
 */
export default even_in_a_crash('a VM has one worker, from when it needs one until it ends', (view) => {
  const { crash, kvm, ref } = view;
  const found = finding(view, 'THREAD', WANT);
  if (found || crash !== null || kvm.worker.alive === ref.worker) return found;
  return breach(kvm.worker.alive ? 'the VM has a worker' : 'the VM has no worker', ref.worker ? 'a worker' : 'none');
});
