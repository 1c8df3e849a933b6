/** The one door for chance: names become random numbers here, and no search asks the machine for any. */
import { Random } from 'fast-check';
import seedrandom from 'seedrandom';

type Alea = seedrandom.State.Alea;

/** What fast-check draws from (pure-rand's RandomGenerator): 32-bit whole numbers, and copies that go on from the same state. */
interface Generator32 {
  next(): number;
  clone(): Generator32;
  getState(): readonly number[];
}

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

/** Random numbers below n, several out of one draw: a draw costs more than all divisions of a command. */
export function small_numbers(random: Random): (n: number) => number {
  let left = 0;
  let room = 0;
  return (n) => {
    // Never draws from less than 256 times what is asked for, so that no value is much likelier than another.
    if (room < n << 8) {
      left = random.nextInt(0, 0x3fff_ffff);
      room = 0x4000_0000;
    }
    const number = left % n;
    left = (left / n) | 0;
    room = (room / n) | 0;
    return number;
  };
}
