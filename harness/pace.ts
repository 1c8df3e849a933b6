/**
 * How long work may still take: `about 40 s`, or '' while nothing can be said. Work tells how much is done of how much, phase by
 * phase, and each phase is taken to go on at the pace of its later half: the first programs are slower than all others. A name
 * that differs from the last one begins a phase.
 */
export type Pace = (phase: string, done: number, of: number) => string;

interface Sample {
  readonly at: number;
  readonly done: number;
}

/** Both times are in milliseconds. `until`: the moment at which the work ends in any case. */
export function new_pace(now: () => number, until = Number.POSITIVE_INFINITY): Pace {
  let of_phase = '';
  let began = 0;
  let samples: Sample[] = [];
  return (phase, done, of) => {
    const at = now();
    if (samples.length === 0 || phase !== of_phase) [of_phase, began, samples] = [phase, at, []];
    samples.push({ at, done });
    const half = samples.findLastIndex((one) => one.at <= (began + at) / 2);
    samples = samples.slice(Math.max(half, 0));
    const [from = { at, done }] = samples;
    const each = (at - from.at) / (done - from.done);
    const left = Math.min(done > from.done ? each * (of - done) : Number.POSITIVE_INFINITY, until - at);
    return Number.isFinite(left) ? `about ${duration_text(Math.max(left, 0))}` : '';
  };
}

/** In the largest unit that has two or more: `40 s`, `3 min`, `5 h`. */
function duration_text(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
