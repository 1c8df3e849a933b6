/** `conform`: programs recorded on real kernels, replayed on the reference and on the variant of that kernel. */
import { relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type CliCommand, EXIT, type Terminal } from '../../harness/cli/cli';
import { known } from '../../harness/errors';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { name_today } from '../../models/catalogue/former_names';
import { type Conformance, conform, recorded_files, reproduced } from '../../models/observed/conform';
import { read_traces } from '../../models/observed/traces';

const percent = (n: number, of: number) => `${n} of ${of} steps (${((100 * n) / of).toFixed(n === of ? 0 : 1)} %)`;

function report(result: Conformance, terminal: Terminal): void {
  const { file, variant, programs, steps, variant_agreed, reference_agreed, unexplained } = result;
  terminal.out(`${file}: ${programs} programs`);
  terminal.out(`  ${variant} agrees with the kernel on ${percent(variant_agreed, steps)}`);
  terminal.out(`  the reference agrees with the kernel on ${percent(reference_agreed, steps)}`);
  if (reference_agreed < steps) {
    const all =
      unexplained === 0 ? 'all of them where the model of the fixed kernel differs, too' : `${unexplained} UNEXPLAINED`;
    terminal.out(`  the other ${steps - reference_agreed}: ${all}`);
  }
  const first = result.first_disagreement;
  if (first)
    terminal.out(
      `  first: program ${first.program + 1}, command ${first.step + 1}, ${first.command}: ${first.who} says ${first.text}`,
    );
}

export const CONFORM: CliCommand = {
  usage: 'conform [FILE…] [--variant NAME] [--json]',
  doc: 'programs recorded on real kernels (by default those of the project): do the models reproduce every step?',
  options: { variant: { type: 'string' }, json: { type: 'boolean' } },
  async run(call, terminal) {
    const name = call.text('variant');
    const named = name === undefined ? undefined : known('variant', name_today(name), VARIANTS);
    const files = call.words.length > 0 ? call.words : recorded_files();
    // All files are read before the first result is printed: a wrong one prints nothing else.
    const read = files.map((file) => ({ file, traces: read_traces(file) }));
    let good = true;
    for (const { file, traces } of read) {
      // Lets Ctrl-C in.
      await setImmediate();
      if (terminal.signal.aborted) {
        terminal.err('interrupted');
        return EXIT.interrupted;
      }
      const result = conform(relative('.', file), traces, named);
      if (call.flag('json')) terminal.out(JSON.stringify(result));
      else report(result, terminal);
      if (!reproduced(result)) good = false;
    }
    return good ? EXIT.good : EXIT.bad;
  },
};
