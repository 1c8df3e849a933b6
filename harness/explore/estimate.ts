import type { Depth } from './parallel';

/** The predicted size of a search to some depth. */
export interface Estimate {
  /** Number of states that the search must keep in memory. */
  readonly states: number;
  readonly transitions: number;
}

/**
 * Extrapolates from the depths that are complete. It assumes that the number of states keeps growing by the last growth
 * factor and that each state has as many commands as the states of the last depth. The growth factor falls with depth,
 * so the estimate is too high rather than too low. `states` is the number of states that the next depth expands.
 */
export function estimate(depths: readonly Depth[], states: number, depth: number): Estimate {
  const last = depths.at(-1);
  const growth = last ? states / last.states : 1;
  const commands = last ? last.transitions / last.states : 1;
  let kept = depths.reduce((sum, one) => sum + one.states, 0);
  let transitions = depths.reduce((sum, one) => sum + one.transitions, 0);
  let layer = states;
  for (let d = depths.length; d < depth; d++) {
    kept += layer;
    transitions += layer * commands;
    layer *= growth;
  }
  return { states: Math.round(kept), transitions: Math.round(transitions) };
}
