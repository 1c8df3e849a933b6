/** What a search on a kernel tells whoever makes a report of it. */
import { is_flake, type PortCampaign } from '../../../harness/campaign/port_campaign';
import type { Audience } from '../../../harness/cli/audience';
import type { Call } from '../../../harness/cli/cli';
import { shell_word } from '../../../harness/cli/start_again';
import type { Run, Target } from '../../../models/live/target';
import { fixed_line, kernel_line } from './report';
import { touched_lines, untouched_lines } from './touched';

/** The call of a kernel, as a search on it named it. */
function live_call(call: Call): string {
  const given = ['kernel', 'modules', 'target', 'params', 'contract'].flatMap((name) => {
    const value = call.text(name);
    return value === undefined ? [] : [`--${name}`, shell_word(value)];
  });
  return ['live', ...given, ...(call.flag('giant') ? ['--giant'] : [])].join(' ');
}

/** With --all, known defects count as failures. */
export function tell_audience(
  audience: Audience,
  target: Target,
  campaign: PortCampaign<Run>,
  call: Call,
  seed: string,
): void {
  const { machine, model, contract_name, programs: drawn } = target;
  const { findings, programs, commands, seconds, regressions, fixed, unusable, undecided } = campaign;
  const good = findings.every((one) => is_flake(one) || (one.known !== null && !call.flag('all')));
  const name = machine.hello.release;
  audience.searched(
    { name, model: model.name, world: drawn.world.name, programs, commands, call: live_call(call), seed },
    findings,
    good,
  );
  const facts: [string, string][] = [
    ['kernel', kernel_line(machine)],
    ['held to', contract_name],
    ['search', `${programs} programs, ${commands} commands, ${seconds.toFixed(1)} s`],
    ...[...unusable].map(([why, n]): [string, string] => ['not judged', `${n} programs, ${why}`]),
    ...(undecided > 0 ? [['undecided', `${undecided} commands`] as [string, string]] : []),
    ...fixed.map((one): [string, string] => ['fixed', fixed_line(one).replace(/^fixed +/, '')]),
    ...[...touched_lines(machine.touched), ...untouched_lines(machine.touched)].map((line): [string, string] => [
      'functions',
      line,
    ]),
  ];
  audience.table({
    title: 'The kernel, and what was run on it',
    note: '',
    rows: facts.map(([what, told]) => ({ '': what, is: told })),
  });
  const { listed, gone, hold, foreign, unlisted } = regressions;
  const rows = [
    { verdict: 'breaks, as listed for this version', names: listed },
    { verdict: 'breaks no longer, though listed', names: gone },
    { verdict: 'holds', names: hold },
    { verdict: 'breaks, and is not listed', names: unlisted },
    { verdict: 'does not apply to these slots', names: foreign },
  ].filter(({ names }) => names.length > 0);
  audience.table({
    title: 'Regressions on the kernel',
    note: '',
    rows: rows.map(({ verdict, names }) => ({ verdict, number: String(names.length), regressions: names.join(', ') })),
  });
}
