import { counted } from '../counted';
import { known } from '../errors';
import { STATES_AT_MOST } from '../explore/explore';
import { LONGEST_PATH } from '../pool/heartbeat';
import type { Pool } from '../pool/pool';
import { type Selection, selection_text } from '../program/space';
import { command_today } from '../program/text';
import { called_in, explored_in_shards } from '../shard/exploration';
import type { Suite } from '../suite';
import { type Call, type CliCommand, EXIT, number_flag, type Open, variants_of } from './cli';
import { type Asked, explore_one } from './explore_one';
import { type Explored, exploration_report, row } from './explore_report';
import { explore_shard } from './explore_shard';
import { json_rows } from './json_line';
import { never_asked } from './never_asked';
import { type Options, SHARED } from './options';
import { tell_pictures } from './pictures';
import { open_part, share_flag } from './shard';
import { with_pool } from './with_pool';

const MOST_PAUSES = 99;
const DEFAULT_DEPTH = 3;

/** `explore`: every program of up to some length over each implementation, judged by every property. */
export function explore_command<View>(open: Open<View>): CliCommand {
  const options = {
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
    shard: SHARED.shard,
    json: SHARED.json,
  } as const satisfies Options;
  return {
    words: '[variant…]',
    doc: 'every program of up to N commands: which properties does any of them break, and what is the least that does?',
    options,
    async run(call, terminal, ledger, journal) {
      const context = await open(call);
      const { suite, new_pool, own } = context;
      const variants = variants_of(context, call);
      const asked = asked_of(suite, call);
      const json = call.flag('json');
      const share = share_flag(call, terminal);
      const say = json ? terminal.err : terminal.out;
      say(
        `explore: ${counted(variants.length, 'variant')}, every program of up to ${asked.depth} commands (${suite.alphabet(asked.only)})${paused_text(asked.pauses)}`,
      );
      if (asked.only) say(`of ${selection_text(asked.only)}; all others, too: --commands all`);

      if (share) {
        const part = open_part('explore', options, call, context, null, share, terminal);
        return explore_shard(context, variants, { ...asked, shards: share.of }, share, part, terminal, ledger, journal);
      }
      const search = call.parts && explored_in_shards(call.parts, terminal.err);

      const printed = json_rows(terminal.out);
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
          const explored = await explore_one(suite, pool, terminal, variant, { ...asked, search }, tell, journal);
          terminal.progress('');
          if (as_deep_as_asked(explored)) ledger.done('variants', 1);
          const { parts } = call;
          const asked_by = parts ? { called: () => called_in(parts) } : pool;
          for (const line of never_asked(suite, variant, asked_by)) ledger.doubt(line);
          terminal.audience?.explored(explored);
          const { broken: ran } = explored.covered;
          await tell_pictures(
            terminal,
            pool,
            own,
            ran.filter(({ found }) => !found.hung).map(({ program }) => ({ variant, program })),
          );
          if (json) printed.row(row(suite, explored));
          else for (const line of exploration_report(suite, explored, terminal.columns)) terminal.out(line);
          journal.told();
          if (!explored.as_expected) good = false;
          if (explored.unexpected.length + explored.missing.length > 0) broken = true;
          refused = explored.refused;
        }
      };
      ledger.ask('variants', variants.length);
      await with_pool(new_pool, terminal, ledger, work, () => told);
      if (json) printed.end();
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
    shards: 1,
  };
}

function selection_of<View>({ core, commands }: Suite<View>, text: string): Selection | null {
  if (text === 'all') return null;
  if (text === 'core') return core;
  const names = text.split(',').map((name) => known('command', command_today(commands, name), commands).name);
  return Object.fromEntries(names.map((name) => [name, {}]));
}

/** How far commands are paused, for those who asked for it. */
const paused_text = (pauses: number): string =>
  pauses === 0 ? '' : `, each command paused at up to ${pauses} place${pauses === 1 ? '' : 's'}`;
