/** A set of fingerprints: open addressing in one typed array. A Set holds at most 2^24 numbers, each on its own. */
export interface FingerprintSet {
  readonly size: number;
  /** Adds an integer from 0 up to 2^53. Returns false if the set already had it. */
  add(fingerprint: number): boolean;
}

const FIRST_SIZE = 1024;
const EMPTY = -1;
const { imul } = Math;

export function new_fingerprint_set(): FingerprintSet {
  let slots = new Float64Array(FIRST_SIZE).fill(EMPTY);
  let size = 0;
  /** Returns true if the fingerprint was not in the table. */
  const put = (fingerprint: number): boolean => {
    const mask = slots.length - 1;
    // The low 32 bits of a fingerprint are a hash already. Larger tables need more bits, so the high half is mixed in.
    let at = ((fingerprint >>> 0) ^ imul((fingerprint / 0x1_0000_0000) >>> 0, 0x9e37_79b1)) & mask;
    for (let there = slots[at] as number; there !== EMPTY; there = slots[at] as number) {
      if (there === fingerprint) return false;
      at = (at + 1) & mask;
    }
    slots[at] = fingerprint;
    return true;
  };
  const grow = (): void => {
    const old = slots;
    slots = new Float64Array(old.length * 2).fill(EMPTY);
    for (let i = 0; i < old.length; i++) if (old[i] !== EMPTY) put(old[i] as number);
  };
  return {
    get size() {
      return size;
    },
    add(fingerprint) {
      if (!put(fingerprint)) return false;
      size++;
      // The table is at most half full, so that a lookup takes few steps.
      if (size * 2 > slots.length) grow();
      return true;
    },
  };
}
