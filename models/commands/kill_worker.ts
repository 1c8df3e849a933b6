import { command } from '../catalogue/command';
import { kill_worker } from '../kernel/worker_life';
import * as reference from '../spec/host';

/** From 6.12 on; before, it is a kthread, which no signal reaches. */
export default command({
  doc: "A fatal signal takes the process whose thread the VM's recovery worker is; another that shares its memory goes on with the VM.",
  thread: 'worker',
  args: {},
  weight: 1,
  reference: (ref) => reference.kill_worker(ref),
  kernel: (kvm) => kill_worker(kvm),
});
