/** Plain text tables that fit a width: long cells go on in the next line, and columns that do not fit stand below. */
import { wrapped } from '../wrap';

export type Rows = readonly Readonly<Record<string, string>>[];

/** Where nobody says how wide a line may be. */
export const USUAL_WIDTH = 100;

const GAP = 2;
/** Columns of text are not made narrower than this. */
const NARROWEST = 16;

/**
 * Columns as wide as their widest cell, two spaces between them, no line wider than `width` as far as words allow. What does
 * not fit beside the first `repeated` columns stands below, with these columns again. Cells may have several lines.
 */
export function table(rows: Rows, width: number = USUAL_WIDTH, repeated = 1): string[] {
  const columns = Object.keys(rows[0] ?? {});
  const natural = natural_widths(rows);
  const widths = squeezed(columns, natural, rows, width);
  const bands = banded(widths, width, repeated);
  return bands.flatMap((band, i) => [...(i > 0 ? [''] : []), ...band_lines(rows, columns, widths, band)]);
}

const total = (widths: readonly number[]): number => widths.reduce((sum, one) => sum + one + GAP, -GAP);

/** Whether it fits as it is. */
export function fits(rows: Rows, width: number): boolean {
  return total(natural_widths(rows)) <= width;
}

const natural_widths = (rows: Rows): number[] =>
  Object.keys(rows[0] ?? {}).map((column) =>
    Math.max(column.length, ...rows.flatMap((row) => (row[column] ?? '').split('\n').map((line) => line.length))),
  );

/** First titles are wrapped, then the widest columns made narrower, until all fit; none narrower than its longest word. */
function squeezed(columns: readonly string[], natural: readonly number[], rows: Rows, width: number): number[] {
  if (total(natural) <= width) return [...natural];
  const longest = (texts: readonly string[], by: RegExp) =>
    Math.max(0, ...texts.flatMap((text) => text.split(by).map((part) => part.length)));
  const cells = columns.map((column) => rows.map((row) => row[column] ?? ''));
  const titles = columns.map((column) => longest([column], /\s/));
  const widths = cells.map((all, i) => Math.max(titles[i] ?? 0, longest(all, /\n/)));
  const least = cells.map((all, i) => {
    const words = Math.max(titles[i] ?? 0, longest(all, /\s/));
    return (widths[i] ?? 0) <= NARROWEST ? Math.min(words, widths[i] ?? 0) : Math.max(words, NARROWEST);
  });
  while (total(widths) > width) {
    const spare = widths.map((one, i) => (one > (least[i] ?? 0) ? one : 0));
    const widest = Math.max(...spare);
    if (widest === 0) break;
    const at = spare.indexOf(widest);
    // Down to the second widest, or as far as it takes.
    const next = Math.max(least[at] ?? 0, ...spare.filter((one) => one < widest));
    widths[at] = Math.max(next === widest ? widest - 1 : next, widest - (total(widths) - width));
  }
  return widths;
}

/** The columns by the band in which they stand. */
function banded(widths: readonly number[], width: number, repeated: number): number[][] {
  const again = widths.slice(0, repeated).map((_, i) => i);
  const bands: number[][] = [[...again]];
  for (let i = repeated; i < widths.length; i++) {
    const band = bands.at(-1) as number[];
    const wide = total([...band, i].map((column) => widths[column] ?? 0));
    if (wide > width && band.length > repeated) bands.push([...again, i]);
    else band.push(i);
  }
  return bands;
}

function band_lines(
  rows: Rows,
  columns: readonly string[],
  widths: readonly number[],
  band: readonly number[],
): string[] {
  const cells = (of: (column: string) => string) => band.map((i) => wrapped(of(columns[i] ?? ''), widths[i] ?? 0));
  const lines = (all: readonly (readonly string[])[]) =>
    Array.from({ length: Math.max(...all.map((one) => one.length)) }, (_, nth) =>
      all
        .map((one, i) => (one[nth] ?? '').padEnd(widths[band[i] ?? 0] ?? 0))
        .join(' '.repeat(GAP))
        .trimEnd(),
    );
  return [lines(cells((column) => column)), ...rows.map((row) => lines(cells((column) => row[column] ?? '')))].flat();
}
