/**
 * How long work may still take: `about 40 s`, or '' while nothing can be said. Work tells how much is done of how much, phase by
 * phase, and each phase is taken to go on at the pace that it has had. A name that differs from the last one begins a phase.
 */
export type Pace = (phase: string, done: number, of: number) => string;

/** Both times are in milliseconds. `until`: the moment at which the work ends in any case. */
export function new_pace(now: () => number, until = Number.POSITIVE_INFINITY): Pace {
  let begun: { readonly phase: string; readonly at: number; readonly done: number } | null = null;
  return (phase, done, of) => {
    if (begun?.phase !== phase) begun = { phase, at: now(), done };
    const each = (now() - begun.at) / (done - begun.done);
    const left = Math.min(done > begun.done ? each * (of - done) : Number.POSITIVE_INFINITY, until - now());
    return Number.isFinite(left) ? `about ${duration_text(Math.max(left, 0))}` : '';
  };
}

/** In the largest unit that has two or more: `40 s`, `3 min`, `5 h`. */
function duration_text(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
