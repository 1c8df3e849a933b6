/** `live --base`: what a kernel does otherwise than another, whoever of the two is right. */
import { search_behind_port } from '../../../harness/campaign/port';
import { type Call, EXIT, type Terminal } from '../../../harness/cli/cli';
import { difference_json, difference_lines, difference_verdict } from '../../../harness/cli/difference_report';
import type { Journal } from '../../../harness/cli/journal';
import type { Ledger } from '../../../harness/cli/ledger';
import { CallError } from '../../../harness/errors';
import { case_text } from '../../../harness/program/case';
import { program_texts } from '../../../harness/program/text';
import { COMMANDS } from '../../../models/catalogue/catalogue';
import { compared_kernels } from '../../../models/live/compared';
import type { Machine } from '../../../models/live/machine';
import { target_of } from '../../../models/live/target';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { base_machine } from './kernels';
import { kernel_line, stop_at, work_text } from './report';

/** Options of `live` that say something about one kernel, and nothing about two. */
const FOR_ONE_KERNEL = ['program', 'save', 'record', 'all', 'contract', 'target'];

/** Throws a CallError for an option that `--base` gives no meaning to. */
export function check_base_call(call: Call): void {
  const given = FOR_ONE_KERNEL.find((name) => call.text(name) !== undefined || call.flag(name));
  if (given !== undefined)
    throw new CallError(`--base and --${given}: two kernels are compared by a search, and no more`);
}

/** The same programs on both kernels. Exit code 0 if nothing differs, 1 if something does. */
export async function compare_kernels(
  machine: Machine,
  call: Call,
  terminal: Terminal,
  ledger: Ledger,
  journal: Journal,
  wanted: { readonly base: string; readonly seed: string; readonly cases: number; readonly until: number },
): Promise<number> {
  const { base, seed, cases, until } = wanted;
  const json = call.flag('json');
  const say = json ? terminal.err : terminal.out;
  const other = await base_machine(base, call, terminal);
  try {
    say(`base:   ${kernel_line(other)}`);
    const [one, two] = [machine.hello, other.hello];
    if (one.tdp_mmu !== two.tdp_mmu)
      say('note:   one of the two has no TDP MMU: mmu=tdp is served by the shadow MMU there');
    // Programs use what both can do.
    const both = { nested: one.nested && two.nested };
    const [changed, before] = [machine, other].map((of) =>
      target_of({ ...of, hello: { ...of.hello, ...both } }, LIVE_CLAIMS, undefined, call.flag('giant')),
    ) as [ReturnType<typeof target_of>, ReturnType<typeof target_of>];
    say(`live: ${work_text(cases, call)} on both, seed ${seed}`);
    const texts = (program: Parameters<typeof program_texts>[1]) => program_texts(COMMANDS, program);
    const campaign = await search_behind_port(compared_kernels(changed, before), {
      regressions: [],
      seed,
      cases,
      stop: stop_at(terminal, until),
      now: terminal.now,
      progress: terminal.progress,
      record: () => {},
      tell: ({ property, program, case: index }) =>
        journal.keep({
          variant: one.release,
          property: `${property} from ${two.release}`,
          case: index === null ? null : case_text({ seed, index }),
          program: texts(program),
          expected: false,
        }),
    });
    terminal.progress('');
    ledger.ask('programs', Number.isFinite(until) ? Math.max(campaign.programs, 1) : cases);
    ledger.done('programs', campaign.programs);
    for (const [why, n] of campaign.unusable) ledger.doubt(`not compared: ${n} programs, ${why}`);
    const compared = { changed: one.release, base: two.release, seed };
    if (json) for (const line of difference_json(compared, campaign, texts)) terminal.out(line);
    else for (const line of difference_lines(compared, campaign)) terminal.out(line);
    journal.told();
    if (terminal.signal.aborted) {
      say('interrupted: this is what was found so far');
      return EXIT.interrupted;
    }
    if (campaign.broken_off !== null) throw new CallError(`the search was broken off: ${campaign.broken_off}`);
    say(difference_verdict(compared, campaign));
    return campaign.findings.length === 0 ? EXIT.good : EXIT.bad;
  } finally {
    await other.close();
  }
}
