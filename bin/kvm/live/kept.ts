/** Files that `live` writes: recordings, and a finding as a regression. */
import { resolve } from 'node:path';
import { in_order, is_flake, type PortCampaign } from '../../../harness/campaign/port_campaign';
import type { Call } from '../../../harness/cli/cli';
import { file_of } from '../../../harness/cli/shrink';
import { save_new } from '../../../harness/files/save';
import { regression_of_machine } from '../../../harness/regression/regression';
import type { Run, Target } from '../../../models/live/target';
import { SUITE } from '../suite';

/** Writes what the kernel did into the file that `--record` names, if it names one. */
export function write_record(call: Call, traces: readonly string[], say: (line: string) => void): void {
  const file = call.text('record');
  if (file === undefined) return;
  const lines = traces.filter((line) => line !== '');
  save_new(resolve(file), lines.map((line) => `${line}\n`).join(''));
  say(`recorded ${lines.length} programs in ${file}`);
}

/** A name goes into the project's regressions; a path, or a file name, where it says. */
export function save_file(call: Call): string | undefined {
  const name = call.text('save');
  return name === undefined ? undefined : file_of(SUITE, name);
}

/** Keeps the first new finding, or the first at all. */
export function keep_finding(
  { machine }: Target,
  { findings }: PortCampaign<Run>,
  call: Call,
  seed: string,
  say: (line: string) => void,
): void {
  const file = save_file(call);
  if (file === undefined) return;
  const [first] = in_order(findings).filter((one) => !is_flake(one));
  if (!first) {
    say('nothing to save: nothing broke');
    return;
  }
  const { case: index } = first;
  save_new(file, regression_of_machine(SUITE, machine.hello, first, index === null ? null : { seed, index }));
  say(`saved   ${file} (${first.property}); say in "postmortem" what went wrong, and why`);
}
