/** `explore` of one variant: the search, its limits, and what is missing of it. */
import { known } from '../errors';
import { estimate } from '../explore/estimate';
import { type Covered, type ExplorationRequest, explore_all, type Plain, plain } from '../explore/exploration';
import type { Depth } from '../explore/parallel';
import { new_pace } from '../pace';
import type { Pool } from '../pool/pool';
import { pauses_in } from '../program/command';
import { is_selected } from '../program/space';
import { program_texts } from '../program/text';
import { read_regressions } from '../regression/regression';
import type { Suite } from '../suite';
import type { Terminal } from './cli';
import { amount, type Explored } from './explore_report';
import type { Journal } from './journal';

/** A search that takes longer must be asked for twice. */
const SECONDS_AT_MOST = 3600;
/** From so many transitions on, their growth says something; so does their rate, once the code that makes them is compiled. */
const TELLS_GROWTH = 20_000;
const TELLS_RATE = 300_000;

/** What is asked for of each variant. */
export type Asked = Pick<ExplorationRequest, 'depth' | 'pauses' | 'only' | 'states' | 'symmetry' | 'search'> & {
  readonly force: boolean;
  /** The number of processes that divide the last depth. */
  readonly shards: number;
};

/** Explores one variant, as far as it fits. `tell` hears how far it has come. */
export async function explore_one<View>(
  suite: Suite<View>,
  pool: Pool,
  terminal: Terminal,
  variant: string,
  asked: Asked,
  tell: (text: string) => void,
  journal: Journal,
): Promise<Explored> {
  const began = terminal.now();
  let depth_began = began;
  let at = 1;
  let refused: string | null = null;
  const before_depth = (depths: readonly Depth[], states: number) => {
    const now = terminal.now();
    const reason = asked.force ? null : does_not_fit(asked, depths, states, (now - depth_began) / 1000);
    if (reason !== null) refused = `${variant}: ${reason}`;
    depth_began = now;
    at = depths.length + 1;
    return reason;
  };
  const pace = new_pace(terminal.now);
  const progress = (done: number, of: number, transitions: number) => {
    const left = pace(String(at), done, of);
    const text = `${variant}: programs of ${at} commands, from ${amount(done)} of ${amount(of)} states`;
    tell(`${text}; ${amount(transitions)} transitions${left === '' ? '' : `; ${left} more for this length`}`);
  };
  tell(variant);
  const { violates, follows } = known('variant', variant, suite.variants);
  const found: ExplorationRequest['found'] = (property, { program }) => {
    const expected = [...violates, ...follows].includes(property);
    journal.keep({ variant, property, case: null, program: program_texts(suite.commands, program), expected });
  };
  const covered = await explore_all(suite, pool, { ...asked, variant, before_depth, progress, found });
  const seconds = (terminal.now() - began) / 1000;
  const without = await beside(suite, pool, covered, { ...asked, variant });
  const unexpected = covered.broken
    .map(({ property }) => property)
    .filter((name) => !violates.includes(name) && !follows.includes(name));
  const missing = missing_of(suite, variant, asked, covered);
  // A search that somebody has stopped did what it should, as far as it came.
  const ended = covered.cut_short === null || ['hang', 'stopped'].includes(covered.cut_short.kind);
  const as_expected = unexpected.length + missing.length === 0 && ended;
  return {
    variant,
    depth: asked.depth,
    pauses: asked.pauses,
    only: asked.only,
    covered,
    seconds,
    plain: without,
    violates,
    unexpected,
    missing,
    refused,
    as_expected,
  };
}

/** What two commands come to without symmetry; null if the search did not get through two, or was stopped. */
async function beside<View>(
  suite: Suite<View>,
  pool: Pool,
  { depths, cut_short }: Covered,
  asked: Asked & { readonly variant: string },
): Promise<Plain | null> {
  const reduced = asked.symmetry < suite.symmetries.length - 1;
  if (!reduced || asked.pauses > 0 || depths.length < 2 || cut_short?.kind === 'stopped') return null;
  return plain(suite, pool, asked.variant, asked.only);
}

/** Properties that a regression breaks with a program no longer than those tried, nor paused further, and that nothing broke. */
function missing_of<View>(
  suite: Suite<View>,
  variant: string,
  { only, pauses }: Asked,
  { broken, depth, cut_short }: Covered,
): string[] {
  if (cut_short && cut_short.kind !== 'limit') return [];
  const names = read_regressions(suite)
    .filter(({ parsed }) => parsed.length <= depth && pauses_in(parsed) <= pauses)
    .filter(({ parsed }) => only === null || parsed.every((one) => is_selected(only, one)))
    .flatMap(({ violates }) => violates[variant] ?? []);
  return [...new Set(names)].filter((name) => !broken.some(({ property }) => property === name));
}

/** What it would come to, if the search needs more memory or time than there is; null if it fits, or nobody can say yet. */
function does_not_fit(asked: Asked, depths: readonly Depth[], states: number, seconds: number): string | null {
  const last = depths.at(-1);
  const transitions = depths.reduce((sum, one) => sum + one.transitions, 0);
  if (!last || transitions < TELLS_GROWTH || depths.length + 1 > asked.depth) return null;
  const whole = estimate(depths, states, asked.depth);
  const left = (whole.transitions - transitions) * (seconds / last.transitions / asked.shards);
  // The last programs lead to states that are not expanded.
  const too_long = left > SECONDS_AT_MOST && transitions >= TELLS_RATE;
  if (whole.states <= asked.states && !too_long) return null;
  const so_far = `after ${depths.length} commands ${amount(states)} new states, after ${depths.length - 1} ${amount(last.states)}`;
  return (
    `up to ${asked.depth} commands do not fit: about ${amount(whole.states)} states (${amount(asked.states)} at most), ` +
    `${amount(whole.transitions)} transitions, ${duration(left)} (${duration(SECONDS_AT_MOST)} at most); ` +
    `${so_far}, ${duration(seconds)} for ${amount(last.transitions)} transitions; --force tries all the same`
  );
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds.toPrecision(2)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${amount(seconds / 86_400)} days`;
}
