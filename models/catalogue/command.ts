import {
  type ArgSpec,
  type ArgsOf,
  type Bounds,
  type CommandSpec,
  optional,
  seldom,
  whole,
} from '../../harness/program/command';
import type { Kvm, Task, Thread } from '../kernel/types';
import type { Reference } from '../spec/reference';

/** What a file of `models/commands/` exports; its name is the file's. */
export type KvmCommand = Omit<CommandSpec<Reference, Kvm, Task | undefined>, 'name'> & {
  /** Who does it: what that thread is in the middle of is finished first. Null: nobody in particular. */
  readonly thread: Thread | null;
  /** The part of `reference` that is known even if another command is paused. */
  readonly asks: KvmCommand['reference'];
  /** From when on what it asks for must be so, whatever else is under way. */
  readonly commits: Commits;
};

/**
 * `at once`: before anybody else can run; so with all but what takes a slot away for a while and brings it back. `at the end`: as
 * long as it is paused, what was before is right as well, and so is nothing at all. Of two that ask for the same thing the later counts:
 * each does so under a lock of its own (slots_lock, the parameter's), and one of them waits for the other (docs/interleavings.md).
 */
export type Commits = 'at once' | 'at the end';

interface Definition<S extends Record<string, ArgSpec>> {
  /** One line: what happens in the guest, on the host or in userspace. */
  readonly doc: string;
  readonly args: S;
  readonly weight?: number;
  /** Who does it. Default `memslots`: userspace, at the VM's file descriptor. `notifier`: the host, by the mmu notifier. */
  readonly thread?: Thread | null;
  /**
   * Runs instead of `reference` if another command is paused: only what concerns no table and no leaf (slots, parameters, the
   * worker's life), because the reference adopts those later. `() => {}` if there is no such part. Default: `reference`.
   */
  asks?(ref: Reference, args: ArgsOf<S>): void;
  /** `at once` by default. */
  readonly commits?: Commits;
  /** What must be true afterwards. */
  reference(ref: Reference, args: ArgsOf<S>): void;
  /** What the kernel does; a generator where another CPU can interleave. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a plain function that returns nothing is a command too
  kernel(kvm: Kvm, args: ArgsOf<S> & { readonly pause: number }): Task | void;
}

/** Defines a command. It must mean something in every state, so that every part of a program is a program. */
export function command<const S extends Record<string, ArgSpec>>(definition: Definition<S>): KvmCommand {
  return {
    doc: definition.doc,
    args: { ...definition.args, pause: PAUSE },
    thread: definition.thread === undefined ? 'memslots' : definition.thread,
    commits: definition.commits ?? 'at once',
    weight: definition.weight ?? 10,
    // The arguments have been parsed or drawn by the specs above: only here are their types known.
    reference: definition.reference as KvmCommand['reference'],
    asks: (definition.asks ?? definition.reference) as KvmCommand['reference'],
    kernel: definition.kernel as KvmCommand['kernel'],
  };
}

/** Stop at the N-th place where another CPU can run, and go on later; beyond the last, never stop. 0: run to the end. */
const PAUSE = seldom(optional(whole('pause', 0, 0xffff, [0, 1, 2, 3]), 0));

/** A 2M region of the guest's address space, inside a slot or not. */
export const page = () => whole('page', 0, 'pages');
/** A 1G page of the guest's address space, by its first region. */
export function page_1g(): ArgSpec<number> {
  const any = page();
  const is_first = (region: number, { fan_out = 1 }: Bounds) => region % fan_out === 0;
  return {
    ...any,
    kind: 'first page',
    parse: (text, bounds) => {
      const value = any.parse(text, bounds);
      return typeof value === 'string' || is_first(value, bounds) ? value : `!a multiple of ${bounds['fan_out']}`;
    },
    values: (bounds) => any.values(bounds).filter((region) => is_first(region, bounds)),
  };
}
/** A 4K page of a region. */
export const offset = () => whole('offset', 0, 'fan_out');
export const slot = () => optional(whole('slot', 0, 'slots'), 0);
export const vcpu = () => optional(whole('vcpu', 0, 'vcpus'), 0);
/** nx_huge_pages_recovery_ratio: 1/ratio of the list is taken; 0 turns recovery off. Not all divide an hour, one is the largest. */
export const ratio = () => whole('ratio', 0, 0xffff_ffff, [1, 2, 3, 4, 60, 0, 4_000_000, 7, 0xffff_ffff]);
export const onoff = () => whole('on', 0, 1);
