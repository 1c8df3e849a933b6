/** `report`: a finding as a mail, plain text of 72 columns with what a maintainer needs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CliCommand, EXIT } from '../../harness/cli/cli';
import { CallError } from '../../harness/errors';
import { did_you_mean } from '../../harness/nearest';
import { program_texts } from '../../harness/program/text';
import { type Regression, read_regression, regression_names } from '../../harness/regression/regression';
import { COMMANDS, VARIANTS } from '../../models/catalogue/catalogue';
import type { Variant } from '../../models/catalogue/variant';
import { series_of } from '../../models/catalogue/versions';
import { NEWEST_LIBRARY } from '../../models/export/library';
import { filled } from '../../models/export/parts/text';
import { selftest_text, steps_of } from '../../models/export/selftest';
import { predict } from '../../models/live/model_machine';
import { variant_for_kernel } from '../../models/observed/traces';
import { LIVE_WORLD } from '../../models/world/world';
import { LIVE_CLAIMS } from '../../properties/claims';
import { check_slots } from './export';
import { SUITE } from './suite';

const COLUMNS = 72;

export const REPORT: CliCommand = {
  words: 'NAME',
  doc: 'a regression as a mail to maintainers: kernels, program, numbers as they are and as they should be, how to see it',
  options: { test: { help: 'append the exported selftest' } },
  async run(call, terminal, ledger) {
    const [name = '', ...rest] = call.words;
    if (name === '' || rest.length > 0) throw new CallError("report takes one regression's name");
    ledger.ask('reports', 1);
    for (const line of report_lines(regression_named(name), call.flag('test'))) terminal.out(line);
    ledger.done('reports', 1);
    return EXIT.good;
  },
};

function regression_named(name: string): Regression {
  const file = join(SUITE.regressions, `${name}.json`);
  if (/^[\w-]+$/.test(name) && existsSync(file)) return read_regression(SUITE, file);
  throw new CallError(
    `no regression "${name}"${did_you_mean(name, regression_names(SUITE))}; they are in regressions/`,
  );
}

/** The mail, line by line. Throws a CallError for a program of which userspace cannot see what is wrong. */
export function report_lines(regression: Regression, with_test: boolean): string[] {
  const { name, parsed, kernels = {}, postmortem } = regression;
  check_slots(parsed);
  const versions = Object.keys(kernels);
  const newest = versions.at(-1);
  const shown = newest === undefined ? Object.keys(regression.violates)[0] : variant_for_kernel(newest);
  const model = VARIANTS.get(shown ?? '');
  if (!model) throw new CallError(`${name} breaks on nothing, so there is nothing to report`);
  const exported = {
    ...{ name: `${name.replaceAll('-', '_')}_test`, title: `NX huge pages: ${words(name)}`, about: postmortem },
    ...{ program: parsed, contract: model.contract, contract_name: model.name, world: LIVE_WORLD },
    ...{ library: NEWEST_LIBRARY, leaves_out: false },
  };
  const steps = steps_of(exported);
  const answer = predict(model, LIVE_WORLD, parsed, (step) => steps[step]?.skipped !== null);
  const texts = program_texts(COMMANDS, parsed);
  const rows = steps.map(({ after }, i) => {
    const stats = answer.steps[i]?.stats;
    return [texts[i] ?? '', cell(stats?.nx_lpage_splits, after.splits), cell(stats?.pages_2m, after.pages_2m)];
  });
  const width = Math.max(...rows.map(([command = '']) => command.length), 'command'.length) + 2;
  const row = ([command = '', splits = '', pages = '']: readonly string[]) =>
    `${command.padEnd(width)}${splits.padEnd(17)}${pages}`.trimEnd();
  return [
    `Subject: KVM: x86/mmu: ${words(name)}`,
    '',
    ...paragraph(postmortem),
    ...paragraph(of_kernels(regression, model)),
    ...paragraph(
      'What userspace reads after each command (KVM_GET_STATS_FD), and in brackets what it should be, where that is another number:',
    ),
    row(['command', 'nx_lpage_splits', 'pages_2m']),
    ...rows.map(row),
    '',
    ...answer.steps.flatMap(({ log }, i) =>
      log.flatMap((text) => paragraph(`At command ${i + 1} the kernel complains: ${text}`)),
    ),
    ...paragraph(WORDS),
    'To see it:',
    '',
    '  npm ci',
    `  npm start -- live --kernel ${newest === undefined ? 'VMLINUX' : `debian:${series_of(newest)}`} --program \\`,
    `      regressions/${name}.json`,
    `  npm start -- export ${name} \\`,
    '      --selftest nx_test.c --kernel-tree LINUX',
    '',
    ...paragraph('The last one writes it as a selftest in C, with a script that restores the parameters of KVM.'),
    ...(with_test ? ['---', '', ...selftest_text(exported).trimEnd().split('\n')] : []),
  ];
}

const WORDS =
  'mmu=tdp is an access of the guest, mmu=shadow one of its nested guest; page=N is a region of 2M that the host backs by a huge page. recover is one pass of the recovery worker at that ratio.';

const words = (name: string): string => name.replaceAll('-', ' ');
const paragraph = (text: string): string[] => [...filled(text, COLUMNS).split('\n'), ''];

/** What is read, and what should be. */
function cell(got: number | undefined, want: number | null): string {
  if (got === undefined) return '?';
  return want === null || got === want ? `${got}` : `${got} [${want}]`;
}

/** Where it was seen, and since when it is there. */
function of_kernels({ kernels = {}, violates }: Regression, model: Variant): string {
  const defects = Object.keys(violates).flatMap((name) => VARIANTS.get(name) ?? []);
  const since = defects.find((one) => one.since !== null)?.since;
  const came = since == null ? '' : ` It came in with ${since}.`;
  const seen = Object.entries(kernels).map(([version, broken]) => {
    const claims = broken.map((property) => LIVE_CLAIMS.get(property)?.claim ?? property);
    return `Linux ${version} (broken: ${claims.join('; ')})`;
  });
  if (seen.length === 0)
    return `No kernel of today was seen to do this; the numbers are those of the model ${model.name}.${came}`;
  return `Seen on unmodified ${seen.join(', ')}.${came} The numbers below are those of the model of that kernel, which shows the same as the kernel.`;
}
