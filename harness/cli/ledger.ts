/**
 * What a call was asked for, and what it did: a run that did less never ends with exit code 0. Only the main thread writes in
 * it, where no user code runs; what threads say that they have done is held against what they were given.
 */
export interface Ledger {
  /** So many of these are to be done; at least one of each kind that is named at all. */
  ask(what: string, count: number): void;
  /** So many have been done. */
  done(what: string, count: number): void;
  /** Something that is not wrong, but no green either: a line. */
  doubt(line: string): void;
  readonly doubts: readonly string[];
  /** What was asked for and is not done, or not asked for and done: nothing, if the run is to be believed. */
  missing(): string[];
}

export function new_ledger(): Ledger {
  const asked = new Map<string, number>();
  const done = new Map<string, number>();
  const doubts = new Set<string>();
  const add = (counts: Map<string, number>, what: string, count: number) =>
    void counts.set(what, (counts.get(what) ?? 0) + count);
  return {
    ask: (what, count) => add(asked, what, count),
    done: (what, count) => add(done, what, count),
    doubt: (line) => void doubts.add(line),
    get doubts() {
      return [...doubts];
    },
    missing() {
      if (asked.size === 0) return ['nothing was asked for'];
      const names = new Set([...asked.keys(), ...done.keys()]);
      return [...names].flatMap((what) => {
        const [wanted = 0, did = 0] = [asked.get(what), done.get(what)];
        return wanted > 0 && did === wanted ? [] : [`${did} of ${wanted} ${what}`];
      });
    },
  };
}
