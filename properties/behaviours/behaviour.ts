/** Short programs, and what must be seen at their end. They state rules of the kernel that no property covers. */
import type { Trial } from '../../harness/expectation';
import type { Kvm } from '../../models/kernel/types';
import type { Change, KvmExpectation } from '../expectation';

export interface Behaviour extends Trial, Change {
  /** The rule, in words that could be a comment in the kernel's source. */
  readonly name: string;
  readonly program: readonly string[];
  /** What the last command has caused, or left behind. `before`: number of flush requests before it. */
  sees(kvm: Kvm, before: number): number | string;
  readonly want: number | string;
}

/** The expectation for a behaviour. If the machine crashes, only the crash is seen. */
export const expectation_of = ({ sees, ...rest }: Behaviour): KvmExpectation => ({
  ...rest,
  before: ({ kvm }) => flushes(kvm),
  sees: ({ kvm, crash }, before) => crash ?? sees(kvm, before),
});

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
