/** The only source of randomness: it turns names into random numbers. No search uses any other. */
import { Random } from 'fast-check';
import seedrandom from 'seedrandom';

type Alea = seedrandom.State.Alea;

/**
 * The interface that fast-check draws from (pure-rand's RandomGenerator): 32-bit integers, and clones that continue
 * from the same state.
 */
interface Generator32 {
  next(): number;
  clone(): Generator32;
  /** Far ahead. Without it, fast-check wraps the generator, and its clones are no copies. */
  jump(): void;
  getState(): readonly number[];
}

/** A program draws less often: what is drawn behind a jump is nothing that it draws itself. */
const JUMP = 256;

/**
 * seedrandom's Alea behind the interface that fast-check draws from. It starts fast, and each program needs a new one.
 */
function generator(prng: seedrandom.StatefulPRNG<Alea>): Generator32 {
  return {
    next: () => prng.int32(),
    clone: () => generator(seedrandom.alea('', { state: prng.state() })),
    jump() {
      for (let i = 0; i < JUMP; i++) prng.int32();
    },
    getState: () => {
      const { c, s0, s1, s2 } = prng.state();
      return [c, s0, s1, s2];
    },
  };
}

/**
 * The source that was made last, and what it draws from: small_numbers() then need not ask through fast-check, which costs more
 * than the number. A program is drawn right after its source is made.
 */
let latest: { readonly random: Random; readonly prng: seedrandom.StatefulPRNG<Alea> } | null = null;

/** A source of randomness that depends on the name alone. */
export function random_of(name: string): Random {
  const prng = seedrandom.alea(name, { state: true });
  const own = generator(prng);
  // What fast-check is given it copies; of this nobody else has any use, and a copy costs as much as a new one.
  const random = new Random({ ...own, clone: () => own });
  latest = { random, prng };
  return random;
}

/** The source for case `index`. It depends on the campaign's seed and `index` alone, so any shard can run any part. */
export function random_of_case(seed: string, index: number): Random {
  return random_of(`${seed}:${index}`);
}

/** Returns a function for random numbers below n. One draw gives several, as it costs more than the divisions. */
export function small_numbers(random: Random): (n: number) => number {
  const prng = latest?.random === random ? latest.prng : null;
  let left = 0;
  let room = 0;
  return (n) => {
    // `room` is always at least 256 times n, so that no value is much likelier than another.
    if (room < n << 8) {
      // The same number either way: 2^30 divides what can be drawn.
      left = prng ? prng.int32() & (ROOM - 1) : random.nextInt(0, ROOM - 1);
      room = ROOM;
    }
    const number = left % n;
    left = (left / n) | 0;
    room = (room / n) | 0;
    return number;
  };
}

const ROOM = 0x4000_0000;
