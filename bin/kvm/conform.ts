/** `conform`: programs recorded on real kernels, replayed on the reference and on the variant of that kernel. */

import { rmSync } from 'node:fs';
import { relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Table } from '../../harness/cli/audience';
import { type CliCommand, EXIT, type Terminal } from '../../harness/cli/cli';
import { json_line } from '../../harness/cli/json_line';
import { SHARED } from '../../harness/cli/options';
import { paced } from '../../harness/cli/paced';
import { Interrupted, known } from '../../harness/errors';
import { read_text } from '../../harness/files/read';
import { check_replaceable, replace_file } from '../../harness/files/save';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { name_today } from '../../models/catalogue/former_names';
import {
  begin_conformance,
  type Conformance,
  recorded_files,
  replay_trace,
  reproduced,
} from '../../models/observed/conform';
import { type Trace, traces_of, variant_for_kernel } from '../../models/observed/traces';

/** Files of more programs are read twice. */
const KEPT_AT_MOST = 2000;

/** Progress is told after so many programs. */
const PROGRESSED = 10;

const percent = (n: number, of: number) => `${n} of ${of} steps (${((100 * n) / of).toFixed(n === of ? 0 : 1)} %)`;

function conformance_report(result: Conformance, terminal: Terminal): void {
  const { file, variant, programs, steps, variant_agreed, reference_agreed, unexplained } = result;
  terminal.out(`${file}: ${programs} programs`);
  terminal.out(`  ${variant} agrees with the kernel on ${percent(variant_agreed, steps)}`);
  terminal.out(`  the reference agrees with the kernel on ${percent(reference_agreed, steps)}`);
  if (reference_agreed < steps) {
    const all =
      unexplained === 0 ? 'all of them where the model of the fixed kernel differs, too' : `${unexplained} UNEXPLAINED`;
    terminal.out(`  the other ${steps - reference_agreed}: ${all}`);
  }
  const first = first_text(result);
  if (first !== null) terminal.out(`  first: ${first}`);
}

/** Where a model or the reference first differs from the kernel, and what it says there. */
const first_text = ({ first_disagreement: first }: Conformance): string | null =>
  first && `program ${first.program + 1}, command ${first.step + 1}, ${first.command}: ${first.who} says ${first.text}`;

/** A line for each model: how much of what its kernel did it reproduces, and where the reference differs. */
function short_lines(results: readonly Conformance[]): string[] {
  const models = [...new Set(results.map(({ variant }) => variant))];
  const width = Math.max(0, ...models.map((name) => name.length));
  return models.flatMap((name) => {
    const all = results.filter(({ variant }) => variant === name);
    const sum = (of: (one: Conformance) => number) => all.reduce((total, one) => total + of(one), 0);
    const [steps, agreed, right] = [
      sum((one) => one.steps),
      sum((one) => one.variant_agreed),
      sum((one) => one.reference_agreed),
    ];
    const verdict = all.every(reproduced)
      ? 'known defects'
      : `NOT reproduced: ${sum((one) => one.unexplained)} UNEXPLAINED`;
    const programs = `${sum((one) => one.programs)} programs`;
    const wrong = steps === right ? 'all right' : `${steps - right} wrong: ${verdict}`;
    const line = `  ${name.padEnd(width)}  ${programs.padEnd(13)} ${agreed} of ${steps} steps as recorded; ${wrong}`;
    return [line, ...all.filter((one) => !reproduced(one)).map(({ file }) => `    NOT reproduced: ${file}`)];
  });
}

/** A row a file. */
export function conformance_table(results: readonly Conformance[]): Table {
  return {
    title: 'Recorded kernels',
    note: 'Programs recorded on real kernels, replayed on the model of that kernel and on the reference.',
    rows: results.map((result) => {
      const { file, variant, programs, steps, variant_agreed, reference_agreed } = result;
      return {
        file,
        model: variant,
        verdict: reproduced(result) ? '✓ as recorded' : '✗ NOT as recorded',
        programs: String(programs),
        steps: String(steps),
        'model agrees': String(variant_agreed),
        'reference agrees': String(reference_agreed),
        'first difference': first_text(result) ?? '',
      };
    }),
  };
}

/** The table of results that `--results` has left in a file, which is removed. Empty if none are there. */
export function recorded_table(file: string): Table {
  let text = '';
  try {
    text = read_text(file);
    rmSync(file);
  } catch {
    // It was interrupted before it could write any.
  }
  return conformance_table(text.split('\n').flatMap((line) => (line === '' ? [] : (JSON.parse(line) as Conformance))));
}

export const CONFORM: CliCommand = {
  words: '[FILE…]',
  doc: 'programs recorded on real kernels (by default those of the project): do the models reproduce every step?',
  options: {
    variant: { value: 'NAME', fallback: 'that of the recorded kernel', help: 'replay on this variant' },
    short: { help: 'a line for each kernel series', more: true },
    results: {
      value: 'FILE',
      help: 'write the results there, too, one JSON object a line',
      more: true,
      writes: true,
    },
    json: SHARED.json,
  },
  async run(call, terminal, ledger) {
    const into = call.text('results');
    if (into !== undefined) check_replaceable(into);
    const name = call.text('variant');
    const named = name === undefined ? undefined : known('variant', name_today(name), VARIANTS);
    const files = call.words.length > 0 ? call.words : recorded_files();
    // All files are read before the first result is printed: a wrong one prints nothing else. Short ones are kept.
    const read = new Map<string, Trace[]>();
    let programs = 0;
    ledger.ask('files', files.length);
    for (const file of new Set(files)) {
      let kept: Trace[] | null = [];
      const times = files.filter((one) => one === file).length;
      for await (const trace of traces_of(file, terminal.signal)) {
        ledger.ask('steps', trace.program.length * times);
        known('variant', named?.name ?? variant_for_kernel(trace.kernel), VARIANTS);
        programs += times;
        if (kept && kept.push(trace) > KEPT_AT_MOST) kept = null;
      }
      if (kept) read.set(file, kept);
    }
    const results: Conformance[] = [];
    let good = true;
    const progress = paced(terminal);
    let done = 0;
    for (const file of files) {
      // Lets Ctrl-C in.
      await setImmediate();
      if (terminal.signal.aborted) throw new Interrupted();
      const result = begin_conformance(relative('.', file));
      for await (const trace of read.get(file) ?? traces_of(file, terminal.signal)) {
        if (done % PROGRESSED === 0)
          progress(`recorded kernels: ${done} of ${programs} programs replayed`, done, programs);
        replay_trace(result, trace, named);
        done++;
      }
      ledger.done('files', 1);
      ledger.done('steps', result.steps);
      results.push(result);
      terminal.progress('');
      if (call.flag('json')) terminal.out(json_line(result));
      else if (!call.flag('short')) conformance_report(result, terminal);
      if (!reproduced(result)) good = false;
    }
    terminal.audience?.table(conformance_table(results));
    if (into !== undefined) replace_file(into, results.map((one) => `${json_line(one)}\n`).join(''));
    if (call.flag('short')) for (const line of short_lines(results)) terminal.out(line);
    return good ? EXIT.good : EXIT.bad;
  },
};
