/** Programs in files: written by hand, or copied from a report. */

import { CallError } from '../errors';
import { read_json, read_text } from '../files/read';
import { REGRESSION } from '../regression/regression';
import type { Bounds, Program } from './command';
import { parse_program, type Specs } from './text';

/** Reads a file with one command a line, or a regression. Throws a CallError that names the file and the mistake. */
export function read_program_file(commands: Specs, bounds: Bounds, file: string): Program {
  const text = read_text(file);
  if (is_regression(text)) return parse_program(commands, bounds, read_json(file, REGRESSION, text).program);
  const lines = text.split('\n').map((line) => line.trim());
  const program = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (program.length === 0)
    throw new CallError(`${file} has no command in it; wanted: one a line, like recover ratio=1`);
  try {
    return parse_program(commands, bounds, program);
  } catch (error) {
    if (error instanceof CallError) throw new CallError(`${file}: ${error.message}`);
    throw error;
  }
}

/** Whether the text of a file is a regression and not a list of commands. */
export const is_regression = (text: string): boolean => text.trimStart().startsWith('{');
