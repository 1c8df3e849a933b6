import type { Kvm } from '../../models/kernel/types';
import type { Reference } from '../../models/spec/reference';
import { always, breach } from '../claim';

/**
 * PARAM: a written value is accepted or, once the mitigation is off for good, refused (EPERM) without a change. The
 * value then stays, whatever else is running.
 */
export default always('a parameter write is accepted or refused as it should be', ({ kvm, ref }) => {
  const { errno } = kvm.record;
  if (errno !== ref.errno) return breach(`the write returned ${errno}`, ref.errno);
  return as_written(kvm, ref) ? null : breach(params_text(kvm), values_text(ref));
});

const as_written = ({ params }: Kvm, ref: Reference): boolean =>
  params.nx_huge_pages === ref.nx &&
  params.recovery_ratio === ref.ratio &&
  params.recovery_period_ms === ref.period_ms &&
  params.nx_hugepage_mitigation_hard_disabled === ref.never;

function params_text({ params }: Kvm): string {
  const { nx_huge_pages: nx, recovery_ratio: ratio, recovery_period_ms: period_ms } = params;
  return values_text({ nx, never: params.nx_hugepage_mitigation_hard_disabled, ratio, period_ms });
}

function values_text({ nx, never, ratio, period_ms }: Pick<Reference, 'nx' | 'never' | 'ratio' | 'period_ms'>): string {
  return `nx_huge_pages ${never ? 'never' : nx ? 'force' : 'off'}, ratio ${ratio}, period ${period_ms} ms`;
}
