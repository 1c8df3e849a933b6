import { words_of_thrown } from '../user_code/thrown';
import type { Reason, StateSpace } from './state_space';

/** Stops a search early. */
export class CutShort extends Error {
  constructor(readonly reason: Reason) {
    super(reason.text);
  }
}

/** The fingerprint of a state; null if none is needed. An implementation may leave a state that nobody can read: CutShort. */
export function fingerprint_of<View>(space: StateSpace<View>, view: View): number | null {
  try {
    return space.fingerprint(view);
  } catch (error) {
    throw new CutShort({ kind: 'state', text: `a state cannot be read: ${words_of_thrown(error)}` });
  }
}
