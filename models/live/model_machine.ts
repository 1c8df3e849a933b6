/** A model in place of a real kernel: what this variant would show. */
import type { Program } from '../../harness/program/command';
import type { Variant } from '../catalogue/variant';
import type { Kvm } from '../kernel/types';
import { kvm_create_vm } from '../kernel/vm';
import { definition, step_kernel } from '../lockstep/session';
import type { World } from '../world/world';
import type { Machine } from './machine';
import type { Answer, Outcome, Stats } from './protocol';

/** A model in the kernel's place: what it shows of a VM that has just been created, and then of a command at a time. */
export interface Told {
  readonly start: Outcome;
  /** What each command shows, in turn. After a command that never ends there is none. Returns how the kernel died. */
  readonly steps: Generator<Outcome, string | null>;
}

/** What a kernel that behaves as this variant shows of a program. Commands for which `skips` returns true are skipped. */
export function told_by(variant: Variant, world: World, program: Program, skips: (step: number) => boolean): Told {
  const kvm = kvm_create_vm(variant.ops, world);
  function* steps(): Generator<Outcome, string | null> {
    for (const [step, command] of program.entries()) {
      if (skips(step) || (command.name === 'recover' && !kvm.params.nx_huge_pages)) {
        yield { kind: 'cannot', stats: null, why: 'left out', log: [] };
        continue;
      }
      const crash = step_kernel(kvm, definition(command), command);
      if (crash !== null) return crash;
      const endless = kvm.record.findings.find(({ claim }) => claim === 'LIVE');
      // A command that never ends is the last, as with the agent, whose process a signal ends.
      if (endless) {
        yield { kind: 'failed', stats: null, why: endless.text, log: [] };
        return null;
      }
      yield outcome(stats_of(kvm), warnings_of(kvm));
    }
    return null;
  }
  return { start: outcome(stats_of(kvm)), steps: steps() };
}

/** The answer of a kernel that behaves as this variant. Commands for which `skips` returns true are skipped. */
export function predict(
  variant: Variant,
  world: World,
  program: Program,
  skips: (step: number) => boolean = () => false,
): Answer {
  const told = told_by(variant, world, program, skips);
  const steps: Outcome[] = [];
  for (;;) {
    const next = told.steps.next();
    if (next.done)
      return { start: told.start, steps, death: next.value === null ? null : { how: next.value, console: [] } };
    steps.push(next.value);
  }
}

const outcome = (stats: Stats, log: readonly string[] = []): Outcome => ({ kind: 'ok', stats, why: '', log });

/** What the kernel's log would say of the command. */
const warnings_of = ({ record }: Kvm): string[] =>
  record.findings.flatMap(({ warns, text }) => (warns ? [`WARNING: ${text}`] : []));

function stats_of({ stat }: Kvm): Stats {
  const [pages_4k, pages_2m, pages_1g] = stat.pages;
  const { nx_lpage_splits, remote_tlb_flush_requests } = stat;
  return { nx_lpage_splits, pages_4k, pages_2m, pages_1g, remote_tlb_flush_requests, pf_taken: 0 };
}

export function model_machine(variant: Variant): Machine {
  return {
    hello: {
      release: variant.name,
      version: variant.name,
      tdp_mmu: true,
      nested: true,
      params: 'none: a model',
      asked: new Map(),
    },
    boot_seconds: 0,
    fresh: { kind: 'anew', why: 'a model' },
    vms: 1,
    touched: [],
    run: async (world, program) => predict(variant, world, program),
    close: async () => {},
  };
}
