/** `live --base`: what a kernel does otherwise than another, whoever of the two is right. */
import type { Call, Terminal } from '../../../harness/cli/cli';
import { compare } from '../../../harness/cli/compare';
import type { Journal } from '../../../harness/cli/journal';
import type { Ledger } from '../../../harness/cli/ledger';
import { CallError } from '../../../harness/errors';
import type { Program } from '../../../harness/program/command';
import { program_texts } from '../../../harness/program/text';
import { read_regressions } from '../../../harness/regression/regression';
import { COMMANDS } from '../../../models/catalogue/catalogue';
import { compared_kernels } from '../../../models/live/compared';
import type { Machine } from '../../../models/live/machine';
import type { Hello } from '../../../models/live/protocol';
import { target_of } from '../../../models/live/target';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { SUITE } from '../suite';
import { base_machine } from './kernels';
import { fresh_notes, kernel_line, work_text } from './report';
import type { LiveRequest } from './search';

/** Options of `live` that say something about one kernel, and nothing about two. */
const FOR_ONE_KERNEL = ['program', 'save', 'record', 'all', 'contract', 'target'];

/** Throws a CallError for an option that `--base` gives no meaning to. */
export function check_base_call(call: Call): void {
  const given = FOR_ONE_KERNEL.find((name) => call.text(name) !== undefined || call.flag(name));
  if (given !== undefined)
    throw new CallError(`--base and --${given}: two kernels are compared by a search, and no more`);
}

/** In what two kernels are configured otherwise, and what that means for what is compared. */
export function configuration_notes(one: Hello, two: Hello): string[] {
  const notes: string[] = [];
  if (one.tdp_mmu !== two.tdp_mmu)
    notes.push('note:   one of the two has no TDP MMU: mmu=tdp is served by the shadow MMU there');
  if (one.nested !== two.nested)
    notes.push('note:   one of the two cannot run nested guests: accesses with mmu=shadow are left out on both');
  if (one.params !== two.params) notes.push(`note:   KVM's parameters differ: ${one.params}; base: ${two.params}`);
  return notes;
}

/** What the two are called: by their releases, if these tell them apart. */
export const names_of = (one: string, two: string): { changed: string; base: string } =>
  one === two ? { changed: `${one} (changed)`, base: `${two} (base)` } : { changed: one, base: two };

/** The same programs on both kernels. Exit code 0 if nothing differs, 1 if something does. */
export async function compare_kernels(
  machine: Machine,
  call: Call,
  terminal: Terminal,
  ledger: Ledger,
  journal: Journal,
  wanted: LiveRequest & { readonly base: string },
): Promise<number> {
  const { base, seed, cases, until } = wanted;
  const json = call.flag('json');
  const say = json ? terminal.err : terminal.out;
  const other = await base_machine(base, call, terminal);
  try {
    for (const line of [`base:   ${kernel_line(other)}`, ...fresh_notes(other)]) say(line);
    const [one, two] = [machine.hello, other.hello];
    for (const line of configuration_notes(one, two)) say(line);
    // Programs use what both can do.
    const both = { nested: one.nested && two.nested };
    const [changed, before] = [machine, other].map((of) =>
      target_of({ ...of, hello: { ...of.hello, ...both } }, LIVE_CLAIMS, undefined, call.flag('giant')),
    ) as [ReturnType<typeof target_of>, ReturnType<typeof target_of>];
    say(`live: ${work_text(cases, call)} on both, seed ${seed}`);
    const comparison = {
      ...names_of(one.release, two.release),
      seed,
      cases,
      until,
      regressions: read_regressions(SUITE),
      json,
      width: terminal.columns,
      texts: (program: Program) => program_texts(COMMANDS, program),
    };
    return await compare(compared_kernels(changed, before), comparison, terminal, ledger, journal);
  } finally {
    await other.close();
  }
}
