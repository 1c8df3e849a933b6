/** Keys of states, as a set: open addressing in one typed array. A Set holds 2^24 numbers at most, each on its own. */
export interface FingerprintSet {
  readonly size: number;
  /** Adds a whole number from 0 up to 2^53; false if it was there. */
  add(fingerprint: number): boolean;
}

const FIRST_SIZE = 1024;
const EMPTY = -1;
const { imul } = Math;

export function new_fingerprint_set(): FingerprintSet {
  let slots = new Float64Array(FIRST_SIZE).fill(EMPTY);
  let size = 0;
  /** True if the fingerprint was not there. */
  const put = (fingerprint: number): boolean => {
    const mask = slots.length - 1;
    // The low half of a fingerprint is a hash already; the other half is mixed in where tables are larger.
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
      // At most half full: few steps to what is looked for.
      if (size * 2 > slots.length) grow();
      return true;
    },
  };
}
