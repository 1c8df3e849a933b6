import type { Depth } from './parallel';

/** What a search to some depth would come to. */
export interface Estimate {
  /** States that must be kept. */
  readonly states: number;
  readonly transitions: number;
}

/**
 * From what the depths gone through have shown: states go on growing as they did last, and each has as many commands as
 * those before it. Growth slows down with depth, so this is rather too much than too little. `states` is how many the next
 * depth expands.
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
