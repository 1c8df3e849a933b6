/** The one door for chance: names become random numbers here, and nothing else asks the machine for any. */
import { Random } from 'fast-check';
import seedrandom from 'seedrandom';

type Alea = seedrandom.State.Alea;
type Generator32 = ConstructorParameters<typeof Random>[0];

/** seedrandom's Alea (cheap to start: there is one a program) behind the interface that fast-check draws from. */
function generator(prng: seedrandom.StatefulPRNG<Alea>): Generator32 {
  return {
    next: () => prng.int32(),
    clone: () => generator(seedrandom.alea('', { state: prng.state() })),
    getState: () => {
      const { c, s0, s1, s2 } = prng.state();
      return [c, s0, s1, s2];
    },
  };
}

/** A source of randomness that depends on the name alone. */
export function random_of(name: string): Random {
  return new Random(generator(seedrandom.alea(name, { state: true })));
}

/** Case i of a campaign depends on the campaign's seed and on i alone, so any shard can run any part. */
export function random_of_case(seed: string, index: number): Random {
  return random_of(`${seed}:${index}`);
}
