/** Replays programs recorded on real kernels on the reference and on the variant of that kernel. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { known } from '../../harness/errors';
import { data_folder } from '../../harness/files/folder';
import { VARIANTS } from '../catalogue/catalogue';
import { type Variant, with_defects } from '../catalogue/variant';
import type { Kvm } from '../kernel/types';
import { kvm_create_vm } from '../kernel/vm';
import { definition, step_kernel, step_reference } from '../lockstep/session';
import { mapped_pages, recover_fifo, split_counts } from '../spec/recovery';
import { new_reference, type Reference } from '../spec/reference';
import { disagreement, type Prediction, type Trace, variant_for_kernel } from './traces';

const TRACES = data_folder(__dirname, 'models', 'traces');

/** The result of replaying a file of traces. */
export interface Conformance {
  readonly file: string;
  variant: string;
  programs: number;
  steps: number;
  reference_agreed: number;
  variant_agreed: number;
  /** Steps in which the reference disagrees although no known defect of this kernel shows. */
  unexplained: number;
  first_disagreement: {
    readonly who: string;
    readonly program: number;
    readonly step: number;
    readonly command: string;
    readonly text: string;
  } | null;
}

function of_kernel({ stat }: Kvm): Prediction {
  const [pages_4k, pages_2m, pages_1g] = stat.pages;
  return { splits: stat.nx_lpage_splits, pages_4k, pages_2m, pages_1g };
}

function of_reference(ref: Reference): Prediction {
  const [pages_4k, pages_2m, pages_1g] = mapped_pages(ref);
  return { splits: split_counts(ref).reduce((sum, n) => sum + n, 0), pages_4k, pages_2m, pages_1g };
}

/** Nothing of a file has been replayed yet. */
export const begin_conformance = (file: string): Conformance => ({
  file,
  variant: '',
  programs: 0,
  steps: 0,
  reference_agreed: 0,
  variant_agreed: 0,
  unexplained: 0,
  first_disagreement: null,
});

/** Replays one program of a file, on the variant that models its kernel, unless another is named. */
export function replay_trace(result: Conformance, trace: Trace, named?: Variant): void {
  const variant = named ?? known('variant', variant_for_kernel(trace.kernel), VARIANTS);
  const names = result.variant === '' ? [] : result.variant.split(', ');
  if (!names.includes(variant.name)) result.variant = [...names, variant.name].join(', ');
  replay_on_both(result, result.programs++, trace, variant);
}

/** Replays programs, all of a file. */
export function conform(file: string, traces: readonly Trace[], named?: Variant): Conformance {
  const result = begin_conformance(file);
  for (const trace of traces) replay_trace(result, trace, named);
  return result;
}

function replay_on_both(result: Conformance, program: number, trace: Trace, variant: Variant): void {
  const kvm = kvm_create_vm(variant.ops, trace.world);
  const ref = new_reference(variant.contract, trace.world);
  let fixed: Kvm | null = null;
  for (const [step, command] of trace.parsed.entries()) {
    const spec = definition(command);
    step_kernel(kvm, spec, command);
    if (fixed) step_kernel(fixed, spec, command);
    step_reference(ref, spec, command.args);
    if (command.name === 'recover') recover_fifo(ref, Number(command.args['ratio']));
    else if (ref.pass_due) recover_fifo(ref, ref.ratio);
    const told = of_reference(ref);
    const of_variant = disagreement(trace, step, of_kernel(kvm));
    const of_ref = disagreement(trace, step, told);
    result.steps++;
    if (!of_variant) result.variant_agreed++;
    if (!of_ref) result.reference_agreed++;
    else {
      // A kernel as shipped is a baseline plus defects. If the reference disagrees with the kernel, the baseline must
      // disagree too, and must agree with the reference. Otherwise the step is unexplained.
      fixed ??= brought_to(trace, without_defects(variant), step);
      const of_baseline = of_kernel(fixed);
      if (!disagreement(trace, step, of_baseline) || diverged(of_baseline, told)) result.unexplained++;
    }
    const who = of_variant ? variant.name : of_ref ? 'reference' : null;
    if (!who || result.first_disagreement) continue;
    const text = trace.program[step] ?? '';
    result.first_disagreement = { who, program, step, command: text, text: of_variant ?? of_ref ?? '' };
  }
}

/** A machine of this variant after all commands up to and including number `step`. */
function brought_to(trace: Trace, variant: Variant, step: number): Kvm {
  const kvm = kvm_create_vm(variant.ops, trace.world);
  for (const command of trace.parsed.slice(0, step + 1)) step_kernel(kvm, definition(command), command);
  return kvm;
}

/** The baseline of a kernel as shipped or with a defect. */
export function baseline_of(variant: Variant): Variant {
  const base = variant.kind === 'baseline' ? undefined : VARIANTS.get(variant.base ?? '');
  return base ? baseline_of(base) : variant;
}

/** A kernel as shipped with its defects fixed: its baseline, and what its stable updates have brought. */
function without_defects(variant: Variant): Variant {
  const baseline = baseline_of(variant);
  return variant.kind === 'shipped' ? with_defects(variant, baseline, []) : baseline;
}

const diverged = (a: Prediction, b: Prediction): boolean => JSON.stringify(a) !== JSON.stringify(b);

/** A kernel is reproduced if its variant agrees in every step, and the reference where no known defect shows. */
export const reproduced = ({ steps, variant_agreed, unexplained }: Conformance) =>
  variant_agreed === steps && unexplained === 0;

/** The paths of the project's own recordings. */
export const recorded_files = (): string[] =>
  readdirSync(TRACES)
    .filter((file) => file.endsWith('.jsonl'))
    .sort()
    .map((file) => join(TRACES, file));
