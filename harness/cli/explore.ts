import { known } from '../errors';
import { estimate } from '../explore/estimate';
import { type Covered, type ExplorationRequest, explore_all, type Plain, plain } from '../explore/exploration';
import { STATES_AT_MOST } from '../explore/explore';
import type { Depth } from '../explore/parallel';
import { LONGEST_PATH } from '../pool/heartbeat';
import type { Pool } from '../pool/pool';
import { pauses_in } from '../program/command';
import { is_selected, type Selection, selection_text } from '../program/space';
import { command_today, program_texts } from '../program/text';
import { read_regressions } from '../regression/regression';
import type { Suite } from '../suite';
import { type Call, type CliCommand, EXIT, number_flag, type Open, type Terminal, variants_of } from './cli';
import { amount, type Explored, report, row } from './explore_report';
import type { Journal } from './journal';
import { json_line } from './json_line';
import { never_asked } from './never_asked';
import { SHARED } from './options';
import { tell_pictures } from './pictures';
import { with_pool } from './with_pool';

const MOST_PAUSES = 99;
const DEFAULT_DEPTH = 3;
/** A search that takes longer must be asked for twice. */
const SECONDS_AT_MOST = 3600;
/** From so many transitions on, their growth says something; so does their rate, once the code that makes them is compiled. */
const TELLS_GROWTH = 20_000;
const TELLS_RATE = 300_000;

/** `explore`: every program of up to some length over each implementation, judged by every property. */
export function explore_command<View>(open: Open<View>): CliCommand {
  return {
    words: '[variant…]',
    doc: 'every program of up to N commands: which properties does any of them break, and what is the least that does?',
    options: {
      depth: { value: 'N', fallback: String(DEFAULT_DEPTH), help: 'the most commands of a program' },
      pauses: {
        value: 'P',
        fallback: '0',
        help: 'each command may pause at its first P places where another CPU can run',
      },
      commands: { value: 'core|all|NAME,…', fallback: 'core', help: 'of which commands' },
      implementation: SHARED.implementation,
      states: { value: 'N', fallback: String(STATES_AT_MOST), help: 'keep no more states than this', more: true },
      'no-symmetry': { help: 'expand states that are alike, too', more: true },
      force: { help: 'search though the estimate says that it takes too long', more: true },
      journal: SHARED.journal,
      json: SHARED.json,
    },
    async run(call, terminal, ledger, journal) {
      const context = await open(call);
      const { suite, new_pool, own } = context;
      const variants = variants_of(context, call);
      const asked = asked_of(suite, call);
      const json = call.flag('json');
      const say = json ? terminal.err : terminal.out;
      say(
        `explore: ${variants.length} variants, every program of up to ${asked.depth} commands (${suite.alphabet(asked.only)})${paused_text(asked.pauses)}`,
      );
      if (asked.only) say(`of ${selection_text(asked.only)}; all others, too: --commands all`);

      let good = true;
      let broken = false;
      const not_tried: string[] = [];
      let refused: string | null = null;
      let told = '';
      const tell = (text: string) => {
        told = text;
      };
      const work = async (pool: Pool) => {
        for (const variant of variants) {
          if (terminal.signal.aborted) break;
          if (refused !== null) {
            not_tried.push(variant);
            continue;
          }
          const explored = await explore_one(suite, pool, terminal, variant, asked, tell, journal);
          terminal.progress('');
          if (as_deep_as_asked(explored)) ledger.done('variants', 1);
          for (const line of never_asked(suite, variant, pool)) ledger.doubt(line);
          terminal.audience?.explored(explored);
          const { broken: ran } = explored.covered;
          await tell_pictures(
            terminal,
            pool,
            own,
            ran.filter(({ found }) => !found.hung).map(({ program }) => ({ variant, program })),
          );
          if (json) terminal.out(json_line(row(suite, explored)));
          else for (const line of report(suite, explored, terminal.columns)) terminal.out(line);
          journal.told();
          if (!explored.as_expected) good = false;
          if (explored.unexpected.length + explored.missing.length > 0) broken = true;
          refused = explored.refused;
        }
      };
      ledger.ask('variants', variants.length);
      await with_pool(new_pool, terminal, ledger, work, () => told);
      if (terminal.signal.aborted) say('interrupted: this is what was found so far');
      else if (refused !== null) {
        terminal.err(refused);
        if (not_tried.length > 0) terminal.err(`not tried: ${not_tried.join(', ')}`);
        return broken ? EXIT.bad : EXIT.call;
      } else if (!good || ledger.doubts.length === 0)
        say(good ? 'every variant did what is expected of it, as far as programs go' : 'NOT as expected: see above');
      return terminal.signal.aborted ? EXIT.interrupted : good ? EXIT.good : EXIT.bad;
    },
  };
}

/** Whether programs were run as far as they were asked for, or one never ended. */
const as_deep_as_asked = ({ covered, depth }: Explored): boolean =>
  covered.cut_short?.kind === 'hang' ||
  (covered.transitions > 0 && (covered.depth >= depth || covered.broken.length > 0));

type Asked = Pick<ExplorationRequest, 'depth' | 'pauses' | 'only' | 'states' | 'symmetry'> & {
  readonly force: boolean;
};

function asked_of<View>(suite: Suite<View>, call: Call): Asked {
  const { symmetries } = suite;
  const pauses = number_flag(call, 'pauses', 0, MOST_PAUSES, 0);
  return {
    depth: number_flag(call, 'depth', 1, LONGEST_PATH, DEFAULT_DEPTH),
    pauses,
    only: selection_of(suite, call.text('commands') ?? 'core'),
    states: number_flag(call, 'states', 1, STATES_AT_MOST, STATES_AT_MOST),
    // A walk that is paused has done the first region of its slot, and not the last: symmetry over regions would be wrong.
    symmetry: call.flag('no-symmetry') ? symmetries.length - 1 : Math.min(pauses, 1),
    force: call.flag('force'),
  };
}

function selection_of<View>({ core, commands }: Suite<View>, text: string): Selection | null {
  if (text === 'all') return null;
  if (text === 'core') return core;
  const names = text.split(',').map((name) => known('command', command_today(commands, name), commands).name);
  return Object.fromEntries(names.map((name) => [name, {}]));
}

async function explore_one<View>(
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
  const progress = (done: number, of: number, transitions: number) => {
    tell(
      `${variant}: programs of ${at} commands, from ${amount(done)} of ${amount(of)} states; ${amount(transitions)} transitions`,
    );
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
  const left = (whole.transitions - transitions) * (seconds / last.transitions);
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

/** How far commands are paused, for those who asked for it. */
const paused_text = (pauses: number): string =>
  pauses === 0 ? '' : `, each command paused at up to ${pauses} place${pauses === 1 ? '' : 's'}`;

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds.toPrecision(2)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${amount(seconds / 86_400)} days`;
}
