/** What schedulers say to the processes that they start: which one of how many each is. */
import type { Share } from './share';

export type Env = Readonly<Record<string, string | undefined>>;

/** Where the number of shares is given, if a scheduler does not say it. */
export const TOTAL = 'SHARD_TOTAL';

/** A scheduler, and the environment variables that it sets. */
export interface Scheduler {
  readonly name: string;
  /** The variable that is there if this scheduler has started the process. */
  readonly index: string;
  /** The one that has the number of shards. */
  readonly total: string;
  /** All variables that are read, and those of them that must be there. */
  readonly variables: readonly string[];
  readonly needs: readonly string[];
  /** The share, of the variables' numbers; NaN for one that is not there. */
  share(number: (name: string) => number): Share;
}

/** A scheduler that counts from `first`, with the number of processes in `total`. */
function counting(name: string, index: string, total: string, first: 0 | 1): Scheduler {
  const variables = [index, total];
  return {
    name,
    index,
    total,
    variables,
    needs: variables,
    share: (number) => ({ index: number(index) - first, of: number(total) }),
  };
}

export const SCHEDULERS: readonly Scheduler[] = [
  counting('GitLab', 'CI_NODE_INDEX', 'CI_NODE_TOTAL', 1),
  counting('CircleCI', 'CIRCLE_NODE_INDEX', 'CIRCLE_NODE_TOTAL', 0),
  counting('Buildkite', 'BUILDKITE_PARALLEL_JOB', 'BUILDKITE_PARALLEL_JOB_COUNT', 0),
  // An Indexed Job does not tell its pods how many there are.
  counting('Kubernetes', 'JOB_COMPLETION_INDEX', TOTAL, 0),
  // The number of the job, and not of the slot (PARALLEL_JOBSLOT): two jobs that come one after the other have one slot.
  counting('GNU parallel', 'PARALLEL_SEQ', TOTAL, 1),
  {
    // An array may begin anywhere and go in steps.
    name: 'Slurm',
    index: 'SLURM_ARRAY_TASK_ID',
    total: 'SLURM_ARRAY_TASK_COUNT',
    variables: ['SLURM_ARRAY_TASK_ID', 'SLURM_ARRAY_TASK_COUNT', 'SLURM_ARRAY_TASK_MIN', 'SLURM_ARRAY_TASK_STEP'],
    needs: ['SLURM_ARRAY_TASK_ID', 'SLURM_ARRAY_TASK_COUNT', 'SLURM_ARRAY_TASK_MIN'],
    share(number) {
      const from_first = number('SLURM_ARRAY_TASK_ID') - number('SLURM_ARRAY_TASK_MIN');
      const told = number('SLURM_ARRAY_TASK_STEP');
      // Not every Slurm says it; 0 is no step, and no shard comes of it.
      const step = Number.isNaN(told) ? 1 : told;
      return { index: from_first / step, of: number('SLURM_ARRAY_TASK_COUNT') };
    },
  },
];
