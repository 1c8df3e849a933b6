/** The verdicts of a search on a kernel, for CI. */
import { is_flake, type PortCampaign } from '../../../harness/campaign/port_campaign';
import type { Verdict } from '../../../harness/cli/ci/verdict';
import { one_line } from '../../../harness/program/text';
import { known_text } from '../../../models/catalogue/known_text';
import type { Run } from '../../../models/live/target';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { SUITE } from '../suite';

/** A line for each regression and each property. `all`: known defects count as failures. */
export function live_verdicts({ regressions, findings }: PortCampaign<Run>, kernel: string, all: boolean): Verdict[] {
  const { hold, listed, gone, foreign, unlisted } = regressions;
  const group = `${kernel} regressions`;
  const of = (names: readonly string[], status: Verdict['status'], why: string) =>
    names.map((name): Verdict => ({ group, name, status, why, lines: [] }));
  const verdicts = [...LIVE_CLAIMS.keys()].flatMap((name): Verdict[] => {
    const broken = findings.filter((one) => one.property === name || one.also.includes(name));
    if (broken.length === 0) return [{ group: kernel, name, status: 'passed', why: '', lines: [] }];
    return broken.map((one): Verdict => {
      const lines = [one_line(SUITE, one.program), `got ${one.found.breach.got}`, `want ${one.found.breach.want}`];
      if (is_flake(one)) return { group: kernel, name, status: 'skipped', why: 'flaky: not in every replay', lines };
      if (one.known !== null && !all)
        return { group: kernel, name, status: 'known', why: known_text(one.known), lines };
      return { group: kernel, name, status: 'failed', why: `${one.known ?? 'new'}: ${lines.join(', ')}`, lines };
    });
  });
  return [
    ...of(hold, 'passed', ''),
    ...of(listed, 'known', 'listed for this kernel'),
    ...of(gone, 'passed', ''),
    ...of(unlisted, 'known', 'reported as a finding below'),
    ...of(foreign, 'skipped', 'does not apply to these slots'),
    ...verdicts,
  ];
}
