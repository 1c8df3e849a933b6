/** The loop over the cases of a search, whoever runs them. */
import type { Program } from '../program/command';
import type { Work } from '../program/work';

/** Cases of a search: of those below `cases`, every `of`-th from `first` on. */
export interface Cases {
  readonly first: number;
  readonly of: number;
  readonly cases: number;
  draw(index: number): Program;
  /** Asked before each case: true to end. */
  stopped(): boolean;
}

/** Runs case after case; `look` is told what came of each, and may have more programs run. */
export function* each_case<Came>(
  { first, of, cases, draw, stopped }: Cases,
  look?: (came: Came, index: number) => Work<Came, void>,
): Work<Came, void> {
  for (let index = first; index < cases && !stopped(); index += of) {
    const came = yield draw(index);
    if (look) yield* look(came, index);
  }
}
