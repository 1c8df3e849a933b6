/** Short programs, and what must be seen at their end: how rules of the kernel's own are told that no claim is about. */
import { known } from '../../harness/errors';
import { parse_program } from '../../harness/program/text';
import { bounds_of, COMMANDS, VARIANTS } from '../../models/catalogue/catalogue';
import type { KernelOps } from '../../models/kernel/ops';
import type { Kvm } from '../../models/kernel/types';
import { start_session } from '../../models/lockstep/session';
import { SMALL_WORLD, type World } from '../../models/world/world';

export interface Rule {
  readonly rule: string;
  /** Variants that it is tried on. */
  readonly on: readonly string[];
  readonly program: readonly string[];
  /** SMALL_WORLD, if not given. */
  readonly world?: World;
  /** Put in the place of the variants' own functions. */
  readonly kernel?: Partial<KernelOps>;
  /** What the last command has brought about, or left behind; `before` it so many flushes had been asked for. */
  sees(kvm: Kvm, before: number): number | string;
  readonly want: number | string;
}

export const pages = ({ stat }: Kvm): string => stat.pages.join('/');

export const exec = (page: number): string => `guest_exec mmu=tdp page=${page} offset=0`;
export const read = (page: number): string => `guest_read mmu=tdp page=${page} offset=0`;
export const nested = (kind: string, page: number): string => `guest_${kind} mmu=shadow page=${page} offset=0`;
export const level = ({ record }: Kvm): number => record.mapped_level;
export const flushed = ({ stat }: Kvm, before: number): number => stat.remote_tlb_flush_requests - before;

export const flushes = ({ stat }: Kvm): number => stat.remote_tlb_flush_requests;

/** A table at 2M, and three below it. */
export const FOUR_TABLES = [0, 1, 2].map((page) => nested('exec', page));

/** Under dirty logging huge pages are split; the tables stay when it ends. */
export const LOGGED = ['dirty_log on=1', 'dirty_log on=0'];

/** On which variant a rule does not hold, and what is seen there; null if it holds on all. */
export function broken_on({ on, program, world = SMALL_WORLD, kernel, sees, want }: Rule): string | null {
  for (const name of on) {
    const variant = known('variant', name, VARIANTS);
    const session = start_session({ ...variant, ops: { ...variant.ops, ...kernel } }, world);
    const { kvm } = session.view;
    let before = 0;
    for (const command of parse_program(COMMANDS, bounds_of(world), program)) {
      before = kvm.stat.remote_tlb_flush_requests;
      session.step(command);
    }
    const seen = session.view.crash ?? sees(kvm, before);
    if (seen !== want) return `${name}: got ${seen}, want ${want}`;
  }
  return null;
}
