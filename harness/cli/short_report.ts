/** A search in a few lines: totals by kind of variant, what is not as expected, what is proven. Nothing is run here. */
import type { Campaign } from '../campaign/search';
import { counted } from '../counted';
import type { VariantInfo } from '../suite';
import type { FindProof } from './known_proof';

/** What one variant was expected to do, what it did, and the lines that say what is wrong; none if it is as expected. */
export interface Done {
  readonly variant: VariantInfo;
  readonly campaign: Campaign;
  readonly wrong: readonly string[];
}

/** A line for each kind of variant, and the wrong ones of it. */
function kind_lines(kind: string, all: readonly Done[]): string[] {
  const wrong = all.filter((one) => one.wrong.length > 0);
  const broken = all.reduce((sum, { campaign }) => sum + campaign.findings.length, 0);
  const programs = all.reduce((sum, { campaign }) => sum + campaign.programs, 0);
  const did = broken === 0 ? 'nothing is violated' : `${counted(broken, 'property')} violated`;
  const verdict = wrong.length === 0 ? 'as expected' : `${wrong.length} NOT AS EXPECTED`;
  return [
    `  ${kind.padEnd(9)} ${counted(all.length, 'variant').padEnd(12)} ${`${programs} programs`.padEnd(16)} ${did.padEnd(24)} ${verdict}`,
    ...wrong.flatMap(({ variant, wrong: lines }) => lines.map((line) => `    ${variant.name}  ${line.trim()}`)),
  ];
}

/** The whole search. `proof`: what regressions prove. */
export function short_report(done: readonly Done[], proof: FindProof): string[] {
  const kinds = [...new Set(done.map(({ variant }) => variant.kind))];
  const all = done.flatMap(({ variant, campaign }) => campaign.findings.map((one) => ({ name: variant.name, one })));
  const here = all.filter(({ one }) => one.certificate.certified);
  const elsewhere = all.filter(({ name, one }) => !one.certificate.certified && proof(name, one) !== null);
  const open = all.length - here.length - elsewhere.length;
  const fresh = done.reduce((sum, { variant, campaign }) => {
    return sum + campaign.findings.filter(({ property }) => !variant.violates.includes(property)).length;
  }, 0);
  return [
    ...kinds.flatMap((kind) =>
      kind_lines(
        kind,
        done.filter(({ variant }) => variant.kind === kind),
      ),
    ),
    `  minimal   ${here.length} of ${all.length} programs proven in this run, ${elsewhere.length} in a regression, ${open} not yet (shrink goes on)`,
    `  new       ${fresh === 0 ? 'nothing: every violation is one that its variant declares' : `${counted(fresh, 'violation')} that no variant declares, see above`}`,
  ];
}
