/** Stryker's test runner: asks the checks, in this very process, of models that are loaded anew for each mutant. */
import { join, sep } from 'node:path';
import { Script } from 'node:vm';
import type { InstrumenterContext } from '@stryker-mutator/api/core' with { 'resolution-mode': 'import' };
import type { Check } from './checks';

// What Stryker's runners exchange (@stryker-mutator/api/test-runner, which is not to be had from CommonJS).
interface TestResult {
  readonly id: string;
  readonly name: string;
  readonly timeSpentMs: number;
  /** 0: success, 1: failed. */
  readonly status: 0 | 1;
  readonly failureMessage?: string;
}
interface MutantRun {
  readonly activeMutant: { readonly id: string; readonly fileName: string };
  /** 'static': the mutant is met while modules are loaded. */
  readonly mutantActivation: 'runtime' | 'static';
  /** The last mutant was a static one. */
  readonly reloadEnvironment: boolean;
  /** Names of the checks that reach the mutant; all, if not given. */
  readonly testFilter?: readonly string[];
  /** How often the mutant may be reached before it counts as endless. */
  readonly hitLimit?: number;
}

const NONE = -1;

/** Where instrumented code looks up which mutant is on, and writes down what it reaches. */
const shared = globalThis as {
  __stryker__?: InstrumenterContext;
  /** The mutant's number once more: quicker to compare (plugin.cjs). */
  __mutant__?: number;
  __ask__?: () => string | null;
};
shared.__stryker__ ??= {};
shared.__mutant__ = NONE;
const instrumented = shared.__stryker__;

/** What a mutant can have no part in: the engine knows nothing of the models. */
const STAYS = ['node_modules', 'harness'];
/** Files whose functions are called once for all checks: what they return is kept, and reached by the first alone. */
const KEPT = ['accounting.ts'];

/** The checks, with all models loaded anew: cold, so not done for every mutant. */
function load(sandbox: string): readonly Check[] {
  for (const file of Object.keys(require.cache)) {
    if (file.startsWith(sandbox + sep) && !STAYS.some((part) => file.startsWith(join(sandbox, part)))) {
      delete require.cache[file];
    }
  }
  // Node remembers whom a module has loaded: the machines of all mutants.
  module.children.length = 0;
  return (require(join(sandbox, 'mutation', 'checks.ts')) as { readonly CHECKS: readonly Check[] }).CHECKS;
}

/** Milliseconds of work that a check may take with a mutant: a few seconds, and so many times what it takes without one. */
const PATIENCE = 4000;
const TIMES = 6;
/** What a check takes is known to the process that ran them all, unless that had to be ended. */
const UNKNOWN = 4000;
const TOO_LONG = 'it does not end';

/** Milliseconds that this process has worked: on a machine that starves it, the clock says nothing. */
function worked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Asked from a script of its own: that can be ended from outside, whatever it is doing. */
const asking = new Script('__ask__()');

/** What is wrong, or null. Whatever a check throws is the mutant's doing; what else is thrown is not. */
function ask(check: Check, patience: number): string | null {
  shared.__ask__ = () => {
    try {
      return check.run();
    } catch (error) {
      return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    }
  };
  for (let timeout = Math.ceil(patience); ; timeout *= 2) {
    const began = worked();
    try {
      return asking.runInThisContext({ timeout });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      // Asked anew if it has not had the time that it may take.
      if (worked() - began >= 0.8 * patience) return TOO_LONG;
    }
  }
}

/**
 * A test runner for the copy of the project in this folder. Modules that are loaded after `stop_counting` do not count
 * any more what is reached, which costs more than all else.
 */
export function new_runner(sandbox: string, stop_counting: () => void) {
  let checks: readonly Check[] | null = null;
  /** What is loaded still holds something of a mutant's. */
  let spoilt = false;
  /** Milliseconds of work that each check took without a mutant. */
  const took = new Map<string, number>();
  return {
    capabilities: () => ({ reloadEnvironment: true }),

    /** Without a mutant: what each check reaches, and how long it takes. From then on nothing is counted any more. */
    dryRun() {
      const tests: TestResult[] = [];
      for (const check of load(sandbox)) {
        instrumented.currentTestId = check.name;
        const began = worked();
        const wrong = ask(check, 600_000);
        const timeSpentMs = worked() - began;
        took.set(check.name, timeSpentMs);
        const test = { id: check.name, name: check.name, timeSpentMs };
        tests.push(wrong === null ? { ...test, status: 0 } : { ...test, status: 1, failureMessage: wrong });
      }
      delete instrumented.currentTestId;
      stop_counting();
      return { status: 'complete', tests, mutantCoverage: instrumented.mutantCoverage };
    },

    /** With a mutant. The first check that is not as it must be kills it. */
    mutantRun({ activeMutant, mutantActivation, reloadEnvironment, testFilter, hitLimit }: MutantRun) {
      const { id, fileName } = activeMutant;
      const kept = KEPT.some((name) => fileName.endsWith(name));
      const met_once = kept || mutantActivation === 'static';
      let nrOfTests = 0;
      Object.assign(instrumented, { activeMutant: id, hitCount: 0, hitLimit });
      shared.__mutant__ = Number(id);
      try {
        try {
          if (met_once || reloadEnvironment || spoilt || !checks) checks = load(sandbox);
        } catch (error) {
          spoilt = true;
          return { status: 'killed', killedBy: [], failureMessage: `the models cannot be loaded: ${error}`, nrOfTests };
        }
        spoilt = met_once;
        for (const check of checks) {
          if (testFilter && !kept && !testFilter.includes(check.name)) continue;
          nrOfTests++;
          const failureMessage = ask(check, PATIENCE + TIMES * (took.get(check.name) ?? UNKNOWN));
          if (failureMessage === TOO_LONG) {
            spoilt = true;
            return { status: 'timeout', reason: check.name };
          }

          if (failureMessage !== null) return { status: 'killed', killedBy: [check.name], failureMessage, nrOfTests };
        }
      } finally {
        delete instrumented.activeMutant;
        shared.__mutant__ = NONE;
      }
      return { status: 'survived', nrOfTests };
    },
  };
}
