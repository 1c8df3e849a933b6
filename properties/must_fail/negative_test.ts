/** Negative tests: one function breaks a rule of the kernel on purpose, and the verdict must name that rule. */
import type { KernelOps } from '../../models/kernel/ops';
import type { Kvm } from '../../models/kernel/types';
import type { KvmExpectation } from '../expectation';

export interface NegativeTest {
  readonly name: string;
  readonly kernel: Partial<KernelOps>;
  /** The program to run; PROGRAM by default. */
  readonly program?: readonly string[];
  /** The text of the first breach; null if the rule allows what the function does. */
  readonly verdict: string | null;
}

/** Splits of both MMUs, a pass over all of them, and the mitigation switched off. */
const PROGRAM = [
  'guest_exec mmu=tdp page=0 offset=0',
  'guest_exec mmu=tdp page=1 offset=0',
  'guest_exec mmu=shadow page=0 offset=0',
  'recover ratio=2',
  'nx_huge_pages on=0',
];

/** The properties that judge how the kernel's primitives are used. */
const OF_PRIMITIVES = [
  'primitives-are-used-rightly',
  'locks-are-held',
  'nothing-reachable-unflushed',
  'passes-flush-what-they-zap',
  'one-worker-for-each-vm',
];

export const expectation_of = (test: NegativeTest): KvmExpectation => ({
  program: PROGRAM,
  ...test,
  on: ['v6.18'],
  asked: OF_PRIMITIVES,
});

/** Runs `act` where the mitigation is switched off. */
export const toggle = (act: (kvm: Kvm) => void): Partial<KernelOps> => ({
  *zap_all_on_toggle(kvm) {
    yield* [];
    act(kvm);
  },
});
