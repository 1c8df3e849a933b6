/** Which property catches which implementation, and after how many programs. */
import { type MatrixRow, median_and_worst } from '../../harness/campaign/matrix';
import type { Campaign } from '../../harness/campaign/search';
import { SUITE } from '../kvm/suite';
import type { Heat } from '../view/data';

type Cell = (property: string, variant: number) => number | null;

/** Rows and columns without anything are left out; null if nothing is left. */
function heat_of(from: string, names: readonly string[], cell: Cell): Heat | null {
  const all = [...SUITE.properties.keys()].map((property) => {
    return { property, cells: names.map((_, variant) => cell(property, variant)) };
  });
  const rows = all.filter(({ cells }) => cells.some((n) => n !== null));
  const kept = names.map((_, variant) => rows.some(({ cells }) => cells[variant] !== null));
  if (rows.length === 0) return null;
  return {
    from,
    properties: rows.map(({ property }) => property),
    variants: names.filter((_, variant) => kept[variant]),
    cells: rows.map(({ cells }) => cells.filter((_, variant) => kept[variant])),
  };
}

/** Of one search, the programs up to the first that broke it: one seed. */
export function heat_of_campaigns(campaigns: readonly Campaign[]): Heat | null {
  const [first] = campaigns;
  if (!first) return null;
  const names = campaigns.map(({ variant }) => variant);
  return heat_of(`From this run, one seed (${first.seed}).`, names, (property, variant) => {
    const found = campaigns[variant]?.findings.find((one) => one.property === property);
    return found ? found.case + 1 : null;
  });
}

/** Of a matrix, the median over the seeds. */
export function heat_of_matrix(rows: readonly MatrixRow[], seeds: number): Heat | null {
  const names = rows.map(({ variant }) => variant);
  return heat_of(`From this run, the median over ${seeds} seeds.`, names, (property, variant) => {
    const caught = rows[variant]?.caught_by.get(property);
    return caught ? median_and_worst(caught.programs)[0] : null;
  });
}
