import { command } from '../catalogue/command';
import { kill_worker } from '../kernel/worker_life';
import * as reference from '../spec/parameters';

/** From 6.12 on. Before, the worker is a kthread, which no signal reaches. */
export default command({
  doc: "A fatal signal kills the process whose thread the VM's recovery worker is. Another process with the same memory keeps running the VM.",
  thread: 'worker',
  args: {},
  weight: 1,
  reference: (ref) => reference.kill_worker(ref),
  kernel: (kvm) => kill_worker(kvm),
});
