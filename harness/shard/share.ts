/** A shard of a campaign, as `--shard I/N` names it: which share of the work a process does. Its threads divide that again. */

/** Share `index` of `of`. In code the first is 0; in texts it is 1. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

/** The whole: one share that is all of it. */
export const WHOLE: Share = { index: 0, of: 1 };

/** More shares than anybody has machines for. */
export const SHARES_AT_MOST = 10_000;

export const share_text = ({ index, of }: Share): string => `${index + 1}/${of}`;

/** Whether there is such a share. */
export const is_share = ({ index, of }: Share): boolean =>
  Number.isInteger(index) && Number.isInteger(of) && index >= 0 && index < of && of <= SHARES_AT_MOST;

/** The items of a list that are in the share: every `of`-th. */
export const in_share = <T>(items: readonly T[], { index, of }: Share): T[] => items.filter((_, i) => i % of === index);
