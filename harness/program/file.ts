/** Programs in files: written by hand, or copied from a report. */

import { CallError } from '../errors';
import { read_json } from '../files/read';
import { REGRESSION } from '../regression/regression';
import type { Bounds, Program } from './command';
import { parse_program, type Specs } from './text';

/** The text of a file of commands, one a line, or of a regression. Throws a CallError that names the file and what is wrong. */
export function read_program_file(commands: Specs, bounds: Bounds, file: string, text: string): Program {
  if (is_regression(text)) return parsed(commands, bounds, file, read_json(file, REGRESSION, text).program);
  const lines = text.split('\n').map((line) => line.trim());
  const program = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (program.length === 0)
    throw new CallError(`${file} has no command in it; wanted: one a line, like recover ratio=1`);
  return parsed(commands, bounds, file, program);
}

function parsed(commands: Specs, bounds: Bounds, file: string, program: readonly string[]): Program {
  try {
    return parse_program(commands, bounds, program);
  } catch (error) {
    if (error instanceof CallError) throw new CallError(`${file}: ${error.message}`);
    throw error;
  }
}

/** Whether the text of a file is a regression and not a list of commands. */
export const is_regression = (text: string): boolean => text.trimStart().startsWith('{');
