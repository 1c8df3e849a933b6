import type { Finding, Kvm } from './types';

/** The kernel has crashed: a NULL dereference, a BUG_ON, a corrupted list. Ends the program with a verdict. */
export class KernelOops extends Error {
  override readonly name = 'KernelOops';
}

/** The command used up its steps: a list that loops, a worker that never sleeps. Ends the program with a verdict. */
export class KernelHang extends Error {
  override readonly name = 'KernelHang';
}

/** Steps a command may take before it counts as hung; the longest honest one takes a few thousand. */
export const FUEL = 2_000_000;

/** One step of work in a loop that a corrupted structure could make endless. */
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
