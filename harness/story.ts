import type { Program } from './command';
import { command_text, program_texts } from './program';
import type { Found } from './run';
import type { Suite } from './suite';
import { table } from './table';

/** A program on an implementation as a step table: the commands, and what stands in the books after each. */
export function step_table<View>(suite: Suite<View>, variant: string, program: Program): string[] {
  const session = suite.start(variant);
  const rows: Record<string, string>[] = [];
  for (const command of program) {
    const goes_on = session.step(command);
    rows.push({ command: command_text(suite.commands, command), ...suite.row(session.view) });
    if (!goes_on) break;
  }
  return table(rows);
}

/** The claim that a breach breaks, with got and want. */
export function broken_claim<View>(suite: Suite<View>, { property, breach }: Found): string[] {
  const claim = suite.properties.get(property)?.claim ?? '';
  return [`broken  ${property}: ${claim}`, `got     ${breach.got}`, `want    ${breach.want}`];
}

/** A program on one line. */
export function one_line<View>(suite: Suite<View>, program: Program): string {
  return program_texts(suite.commands, program).join('; ');
}
