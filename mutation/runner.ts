/** Stryker's test runner: runs the checks in this process, on models that are loaded again when a mutant needs it. */
import { join, sep } from 'node:path';
import { Script } from 'node:vm';
import type { InstrumenterContext } from '@stryker-mutator/api/core' with { 'resolution-mode': 'import' };
import type { Check } from './checks';

// The data that Stryker exchanges with runners (@stryker-mutator/api/test-runner, which CommonJS cannot import).
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
  /** 'static': the mutant runs while modules are loaded. */
  readonly mutantActivation: 'runtime' | 'static';
  /** The last mutant was static. */
  readonly reloadEnvironment: boolean;
  /** Names of the checks that reach the mutant. All checks if it is missing. */
  readonly testFilter?: readonly string[];
  /** How many times the mutant may be reached before it counts as endless. */
  readonly hitLimit?: number;
}

const NONE = -1;

/** Where instrumented code looks up which mutant is active and records what it reaches. */
const shared = globalThis as {
  __stryker__?: InstrumenterContext;
  /** The id of the active mutant again, as a number, which is faster to compare (plugin.cjs). */
  __mutant__?: number;
  __ask__?: () => string | null;
};
shared.__stryker__ ??= {};
shared.__mutant__ = NONE;
const instrumented = shared.__stryker__;

/** Folders that no mutant can affect, because the engine does not know the models. */
const STAYS = ['node_modules', 'harness'];
/**
 * Files whose functions are called once for all checks: their results are cached, so only the first check reaches them.
 */
const KEPT = ['accounting.ts'];

/** Loads the checks and all models again. New code runs slowly at first, so this is not done for every mutant. */
function load(sandbox: string): readonly Check[] {
  for (const file of Object.keys(require.cache)) {
    if (file.startsWith(sandbox + sep) && !STAYS.some((part) => file.startsWith(join(sandbox, part)))) {
      delete require.cache[file];
    }
  }
  // Node keeps a list of the modules that a module has loaded. It would keep the machines of all mutants alive.
  module.children.length = 0;
  return (require(join(sandbox, 'mutation', 'checks.ts')) as { readonly CHECKS: readonly Check[] }).CHECKS;
}

/** A check with a mutant may use MUTANT_TIMEOUT_MS milliseconds of CPU time plus TIMES its CPU time without one. */
const MUTANT_TIMEOUT_MS = 4000;
const TIMES = 6;
/**
 * The CPU time assumed for a check, in milliseconds, in a process that did not run all checks itself. That happens
 * after the first process had to be ended.
 */
const UNKNOWN = 4000;
const TOO_LONG = 'it does not end';

/** CPU time of this process in milliseconds. On a busy machine the clock would say nothing. */
function worked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Checks run through a script of their own, which can be stopped from outside at any time. */
const asking = new Script('__ask__()');

/** What is wrong, or null. An exception of a check is the mutant's fault; any other exception is thrown. */
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
      // If the check did not get its CPU time, it runs again.
      if (worked() - began >= 0.8 * patience) return TOO_LONG;
    }
  }
}

/**
 * A test runner for the copy of the project in this folder. Modules that are loaded after `stop_counting` no longer
 * count what is reached, because counting costs more than everything else.
 */
export function new_runner(sandbox: string, stop_counting: () => void) {
  let checks: readonly Check[] | null = null;
  /** The loaded modules may still hold state of a mutant. */
  let spoilt = false;
  /** CPU time in milliseconds that each check took without a mutant. */
  const took = new Map<string, number>();
  return {
    capabilities: () => ({ reloadEnvironment: true }),

    /** Runs without a mutant: records what each check reaches and how long it takes. After that nothing is counted. */
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

    /** Runs with a mutant. The first check that fails kills it. */
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
          const failureMessage = ask(check, MUTANT_TIMEOUT_MS + TIMES * (took.get(check.name) ?? UNKNOWN));
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
