/** The version of what `--json` prints: it goes up where a field goes, or means something else, and not where one comes. */
export const JSON_VERSION = 1;

/** An object as `--json` prints it: on one line, with the version of its form. */
export const json_line = (fields: object): string => JSON.stringify({ version: JSON_VERSION, ...fields });

/** The objects that a run prints. */
export interface JsonRows {
  row(fields: object): void;
  /** Whatever the run had to say has been printed: a last line, which counts those before it. What ends without it is not whole. */
  end(): void;
}

export function json_rows(out: (line: string) => void): JsonRows {
  let rows = 0;
  return {
    row(fields) {
      rows++;
      out(json_line(fields));
    },
    end: () => out(json_line({ end: rows })),
  };
}
