/** `merge`: what one run would have found, from the shards of it that other processes have done. */
import { CallError, known } from '../errors';
import { type Part, read_part, whole_of } from '../shard/part';
import { CI_OPTIONS } from './ci/deliver';
import type { Call, CliCommand, Context, Open } from './cli';
import { SHARED } from './options';
import { digest_of, identity_of, SHOWN } from './shard';

/** Makes the commands whose work can be divided, by name. */
type Divided<View> = (open: Open<View>) => ReadonlyMap<string, CliCommand>;

/**
 * Calls the command that the shards are of, with what they have found: it searches nothing itself, but shrinks, proves and shows as
 * if it had.
 */
export function merge_command<View>(open: Open<View>, commands_on: Divided<View>): CliCommand {
  return {
    words: 'FILE…',
    doc: 'what one run would have found, from what its shards (--shard I/N --json) have printed',
    options: {
      implementation: { ...SHARED.implementation, help: 'your own implementation, if the shards ran it' },
      short: { help: 'of check: a line for each kind of variant', more: true },
      verbose: { help: 'of check: how often each command occurs', more: true },
      markdown: { help: 'of matrix: the table as Markdown', more: true },
      all: { help: 'of live: known defects are printed in full, and count as failures', more: true },
      save: { value: 'NAME', help: 'of live: keep the first new finding as a regression', more: true },
      html: { value: 'FILE', help: 'a report to look at in a browser', writes: true },
      ...CI_OPTIONS,
      journal: SHARED.journal,
      json: SHARED.json,
    },
    async run(call, terminal, ledger, journal) {
      const read: Part[] = [];
      for (const file of call.words) read.push(await read_part(file, terminal.signal));
      const parts = whole_of(read);
      const [first] = parts as [Part];
      const file = call.text('implementation');
      if (first.own !== null && file === undefined)
        throw new CallError('the shards ran an implementation of your own: name its file, --implementation FILE.ts');
      if (first.own === null && file !== undefined)
        throw new CallError(`--implementation ${file}: the shards ran no implementation of your own`);
      const opened = async (inner: Call): Promise<Context<View>> => {
        const context = await open(inner);
        check_identity(first, context, terminal.build);
        return context;
      };
      const command = known('command', first.command, commands_on(opened));
      const foreign = SHOWN.find(
        (name) => (call.flag(name) || call.text(name) !== undefined) && !(name in command.options),
      );
      if (foreign !== undefined) throw new CallError(`--${foreign} is no option of ${first.command}`);
      const whole = { ...call_of(first, call), parts };
      // With user code in it, it is opened once, by the command.
      if (first.own === null) await opened(whole);
      return command.run(whole, terminal, ledger, journal);
    },
  };
}

/** The call of a whole run, shown as the caller wants it. */
function call_of({ words, options, seed }: Part, call: Call): Call {
  const here = (name: string) => ['implementation', 'journal', ...SHOWN].includes(name);
  return {
    words,
    flag: (name) => (here(name) ? call.flag(name) : options[name] === true),
    text(name) {
      if (here(name)) return call.text(name);
      if (name === 'seed') return seed ?? undefined;
      const text = options[name];
      return typeof text === 'string' ? text : undefined;
    },
  };
}

function check_identity<View>(part: Part, { suite, own, code }: Context<View>, build: string | undefined): void {
  const here = { ...identity_of(suite, build), own: own === null ? null : digest_of(code ?? null) };
  const differ = (what: string, there: string | null, mine: string | null) => {
    if (there !== mine) throw new CallError(`${part.file} is of another ${what}: ${there}; here it is ${mine}`);
  };
  differ('build', part.build, here.build);
  differ('alphabet', part.alphabet, here.alphabet);
  differ('implementation of your own', part.own, here.own);
}
