/** The loop over the cases of a search, for every kind of runner. */
import type { Program } from '../program/command';
import type { Work } from '../program/work';

/** Some cases of a search: every `of`-th case from `first` on, below `cases`. */
export interface Cases {
  readonly first: number;
  readonly of: number;
  readonly cases: number;
  draw(index: number): Program;
  /** Called before each case. The loop ends when it returns true. */
  stopped(): boolean;
}

/** Runs one case after the other. `look` gets the result of each, and may run more programs. */
export function* each_case<Came>(
  { first, of, cases, draw, stopped }: Cases,
  look?: (came: Came, index: number) => Work<Came, void>,
): Work<Came, void> {
  for (let index = first; index < cases && !stopped(); index += of) {
    const came = yield draw(index);
    if (look) yield* look(came, index);
  }
}
