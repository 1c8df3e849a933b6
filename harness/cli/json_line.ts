/** The version of what `--json` prints: it goes up where a field goes, or means something else, and not where one comes. */
export const JSON_VERSION = 1;

/** An object as `--json` prints it: on one line, with the version of its form. */
export const json_line = (fields: object): string => JSON.stringify({ version: JSON_VERSION, ...fields });
