/** Where a CI looks: files and lines are written from finished results. Nothing is run here. */
import { accessSync, appendFileSync, constants } from 'node:fs';
import { relative, resolve } from 'node:path';
import { CallError } from '../../errors';
import { check_replaceable, replace_file } from '../../files/save';
import type { Call, Terminal } from '../cli';
import type { Options } from '../options';
import { annotations, summary } from './github';
import { junit } from './junit';
import { ktap } from './ktap';
import type { Verdict } from './verdict';

export const CI_OPTIONS = {
  junit: { value: 'FILE', help: 'write the verdicts as JUnit XML, too', more: true, writes: true },
  ktap: { help: 'KTAP on stdout, and everything else on stderr', more: true },
} as const satisfies Options;

/** What was not run has not passed. */
const INTERRUPTED: Verdict = {
  group: 'run',
  name: 'runs to its end',
  status: 'failed',
  why: 'interrupted: what is not listed as passed was not run to its end',
  lines: [],
};

/** What is told at the end, by where it goes. */
export interface Delivery {
  /** Whether stdout belongs to KTAP. */
  readonly ktap: boolean;
  /** Writes it all. Throws a CallError for what cannot be written, when the rest is. */
  tell(verdicts: readonly Verdict[]): void;
}

/** Throws a CallError, before anything is run, for a place that cannot be written. */
export function open_delivery(call: Call, terminal: Terminal): Delivery {
  const junit_file = call.text('junit');
  if (junit_file === '') throw new CallError('--junit "" names no file');
  const file = junit_file === undefined ? null : resolve(junit_file);
  if (file !== null) check_replaceable(file);
  if (call.flag('ktap') && call.flag('json')) throw new CallError('--ktap and --json: one or the other, not both');
  const { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY: step_summary } = terminal.env;
  const on_github = GITHUB_ACTIONS === 'true';
  if (on_github && step_summary) check_appendable(step_summary);
  return {
    ktap: call.flag('ktap'),
    tell(found) {
      const verdicts = terminal.signal.aborted ? [INTERRUPTED, ...found] : found;
      if (call.flag('ktap')) for (const line of ktap(verdicts)) terminal.out(line);
      // The runner reads commands on both.
      if (on_github) for (const line of annotations(verdicts.map(in_workspace(terminal)))) terminal.err(line);
      if (on_github && step_summary) appendFileSync(step_summary, summary(verdicts));
      if (file !== null) replace_file(file, junit(verdicts));
    },
  };
}

/** The same verdict; its file is named as GitHub wants it, from the root of the checkout. */
const in_workspace =
  ({ env }: Terminal) =>
  (verdict: Verdict): Verdict => {
    const { GITHUB_WORKSPACE: root } = env;
    return root && verdict.file !== undefined ? { ...verdict, file: relative(root, resolve(verdict.file)) } : verdict;
  };

function check_appendable(file: string): void {
  try {
    accessSync(file, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The runner makes it beforehand; elsewhere it may not be there yet.
    if (code !== 'ENOENT') throw new CallError(`GITHUB_STEP_SUMMARY: cannot write ${file}: ${code}`);
    check_replaceable(file);
  }
}
