/** Rules about what wakes the worker. */
import { warn } from '../../models/kernel/fault';
import type { KernelOps } from '../../models/kernel/ops';
import type { Behaviour } from './behaviour';

/** Reports when the worker is woken. */
const WAKES: Partial<KernelOps> = {
  *kvm_wake_nx_recovery_thread(kvm) {
    warn(kvm, 'THREAD', 'the worker is woken');
    yield* [];
  },
};

const wakes = (on: readonly string[], before: string, change: string, woken: boolean): Behaviour => ({
  name: `after ${before}, ${change} ${woken ? 'wakes the worker' : 'lets it sleep'}`,
  on,
  program: [before, change],
  kernel: WAKES,
  sees: ({ record }) => record.findings.length,
  want: woken ? 1 : 0,
});

const CALCULATED = ['v5.16', 'v6.18'];
const FIXED = ['v5.5', 'v5.12'];

/**
 * set_nx_huge_pages_recovery_param(): wakes the worker if recovery was off and is on now, or if its period is shorter.
 */
export const BEHAVIOURS_OF_PARAMETERS: readonly Behaviour[] = [
  wakes(CALCULATED, 'recovery_ratio ratio=60', 'recovery_ratio ratio=60', false),
  wakes(CALCULATED, 'recovery_ratio ratio=60', 'recovery_ratio ratio=3600', true),
  wakes(CALCULATED, 'recovery_ratio ratio=60', 'recovery_ratio ratio=1', false),
  wakes(CALCULATED, 'recovery_ratio ratio=60', 'recovery_ratio ratio=0', false),
  wakes(CALCULATED, 'recovery_ratio ratio=3600', 'recovery_ratio ratio=4000000', false),
  wakes(CALCULATED, 'recovery_ratio ratio=60', 'recovery_period ms=1000', true),
  wakes(CALCULATED, 'recovery_period ms=1000', 'recovery_period ms=1000', false),
  wakes(CALCULATED, 'recovery_period ms=1000', 'recovery_period ms=60000', false),
  wakes(CALCULATED, 'recovery_period ms=1000', 'recovery_ratio ratio=3600', false),
  wakes(CALCULATED, 'recovery_ratio ratio=0', 'recovery_period ms=1000', false),
  wakes(FIXED, 'recovery_ratio ratio=60', 'recovery_ratio ratio=3600', false),
  wakes([...FIXED, ...CALCULATED], 'recovery_ratio ratio=0', 'recovery_ratio ratio=60', true),
  wakes([...FIXED, ...CALCULATED], 'nx_huge_pages on=0', 'recovery_ratio ratio=3600', false),
  wakes([...FIXED, ...CALCULATED], 'recovery_ratio ratio=60', 'nx_huge_pages on=0', true),
  wakes([...FIXED, ...CALCULATED], 'recovery_ratio ratio=60', 'nx_huge_pages on=1', false),
];
