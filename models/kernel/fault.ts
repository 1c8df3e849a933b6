/**
 * How a command ends badly: a crash, a hang, a broken rule. Stands for BUG_ON(), WARN_ON() and the CPU's own faults.
 */
import type { Finding, Kvm } from './types';

/** The kernel has crashed: a NULL dereference, a BUG_ON, a corrupted list. Ends the program with a verdict. */
export class KernelOops extends Error {
  override readonly name = 'KernelOops';
}

/** The command used up its steps: a list that loops, or a worker that never sleeps. Ends the program with a verdict. */
export class KernelHang extends Error {
  override readonly name = 'KernelHang';
}

/** Steps that a command may take before it counts as hung. The longest correct command takes a few thousand. */
export const FUEL = 2_000_000;

/** Counts one step of a loop that a corrupted structure could make endless. Throws KernelHang when no step is left. */
export function burn(kvm: Kvm): void {
  if (--kvm.fuel < 0) throw new KernelHang('the command did not end');
}

/** Notes a broken rule and goes on. */
export function warn(kvm: Kvm, claim: Finding['claim'], text: string): void {
  kvm.record.findings.push({ claim, text });
}

/** The same, where the kernel notices by itself, with a WARN_ON() or WARN_ON_ONCE(). */
export function warn_on(kvm: Kvm, claim: Finding['claim'], text: string): void {
  kvm.record.findings.push({ claim, text, warns: true });
}
