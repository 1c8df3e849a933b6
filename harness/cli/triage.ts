/** `triage`: many runs side by side, each program that any of them found told once. */
import { basename } from 'node:path';
import { counted } from '../counted';
import { CallError } from '../errors';
import { program_texts } from '../program/text';
import type { Suite } from '../suite';
import { read_runs } from '../triage/runs';
import { STATUSES, type Status, type Triaged, triage } from '../triage/triage';
import { type CliCommand, EXIT, type Open } from './cli';
import { json_line } from './json_line';
import { SHARED } from './options';
import { shell_word, start_of } from './start_again';

const MEANINGS: Readonly<Record<Status, string>> = {
  new: 'in the last run, and in none before',
  rare: 'in less than half of the runs, or missed by the last, which may be by chance',
  gone: 'not in the last run, which should have found it',
  known: 'in the last run and before, or declared',
};

export function triage_command<View>(open: Open<View>): CliCommand {
  return {
    words: 'FILE…',
    doc: 'what many runs (--json) have found, by minimal program: what is new, rare, gone, known',
    options: { json: SHARED.json },
    async run(call, terminal, ledger) {
      if (call.words.length === 0)
        throw new CallError('triage: no file is named; wanted what runs have printed with --json, the oldest first');
      const { suite } = await open(call);
      const runs = await read_runs(suite, call.words, terminal.signal);
      const found = triage(suite, runs);
      ledger.ask('runs', call.words.length);
      ledger.done('runs', runs.files.length);
      const many = found.some(({ status }) => status === 'new');
      const code = many ? EXIT.bad : EXIT.good;
      if (call.flag('json')) {
        for (const one of found) terminal.out(json_line(row(suite, one, runs.files)));
        return code;
      }
      terminal.out(
        `triage: ${counted(runs.files.length, 'run')}, ${runs.searched.size} ${runs.searched.size === 1 ? 'variant or kernel' : 'variants or kernels'}; the last is ${runs.files.at(-1)}`,
      );
      const start = start_of(terminal.env);
      for (const status of STATUSES) {
        const these = found.filter((one) => one.status === status);
        if (these.length === 0) continue;
        terminal.out('');
        terminal.out(`${status}: ${MEANINGS[status]}`);
        for (const one of these)
          for (const line of status === 'known' ? known_lines(suite, one) : told(suite, one, runs.files, start))
            terminal.out(line);
      }
      terminal.out('');
      const counts = STATUSES.map((status) => `${found.filter((one) => one.status === status).length} ${status}`);
      terminal.out(counts.join(', '));
      return code;
    },
  };
}

const how_often = ({ found_in, tested_in }: Triaged): string =>
  `in ${found_in.length} of ${counted(tested_in.length, 'run')}`;

const known_lines = <View>({ commands }: Suite<View>, one: Triaged): string[] => [
  `  ${one.subject}: ${program_texts(commands, one.program).join('; ')}`,
  `    breaks ${one.properties.join(', ')}; ${how_often(one)}${one.declared ? '; declared' : ''}`,
];

function told<View>({ commands }: Suite<View>, one: Triaged, files: readonly string[], start: string): string[] {
  const { subject, kernels, program, properties, fresh, certified, declared, first, last, again, chance, status } = one;
  const proof = certified === true ? ', proven minimal' : certified === false ? ', not proven minimal' : '';
  const on = kernels.length > 0 ? ` (${kernels.join(', ')})` : '';
  const where = ({ run, case: at, programs }: Triaged['first']) =>
    [basename(files[run] ?? ''), at, programs === null ? null : `after ${counted(programs, 'program')}`]
      .filter((word) => word !== null)
      .join(', ');
  const lines = ['', `${subject}${on}: ${program.length} commands${proof}${declared ? ', declared' : ''}`];
  lines.push(...program_texts(commands, program).map((text) => `  ${text}`));
  lines.push(`breaks  ${properties.join(', ')}`);
  if (status === 'new' && fresh.length < properties.length) lines.push(`new     is only ${fresh.join(', ')}`);
  lines.push(
    `found   ${how_often(one)}: first ${where(first)}${last === first || last.run === first.run ? '' : `; last ${where(last)}`}`,
  );
  if (chance !== null) lines.push(`missed  by the last run; by chance with a probability of ${percent(chance)}`);
  const [property] = again.properties;
  if (again.case !== null && kernels.length === 0)
    lines.push(`again   ${start} shrink ${shell_word(again.case)} --variant ${subject} --property ${property}`);
  return lines.map((line) => `  ${line}`.trimEnd());
}

/** Two digits, and no more than is known. */
const percent = (chance: number): string =>
  chance === 0 ? '0 %' : chance < 0.0001 ? 'less than 0.01 %' : `${Number((chance * 100).toPrecision(2))} %`;

function row<View>({ commands }: Suite<View>, one: Triaged, files: readonly string[]) {
  const { status, subject, kernels, program, properties, fresh, certified, declared, chance } = one;
  const where = ({ run, case: at, programs, properties: broken }: Triaged['first']) => {
    return { file: files[run], case: at, programs, properties: broken };
  };
  return {
    status,
    subject,
    kernels,
    declared,
    program: program_texts(commands, program),
    length: program.length,
    certified,
    properties,
    fresh: status === 'new' ? fresh : [],
    runs: one.tested_in.length,
    found_in: one.found_in.length,
    first: where(one.first),
    last: where(one.last),
    again: where(one.again),
    missed_by_chance: chance,
  };
}
