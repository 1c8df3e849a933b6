/** The kernel's u64 arithmetic for counters: DIV_ROUND_UP() of include/linux/kernel.h, 5.5 to 7.3. */
import type { U64 } from './types';

const TWO_64 = 2n ** 64n;
const LARGE = 2 ** 53;

/** The value of a u64. A counter that was decremented below zero is close to 2^64. Exact. */
export function u64_value(n: U64): bigint {
  return BigInt.asUintN(64, BigInt(n));
}

/** The value as userspace prints it. */
export function u64_text(n: U64): string {
  return n >= 0 ? String(n) : u64_value(n).toString();
}

/**
 * The kernel's DIV_ROUND_UP in u64 arithmetic, including wrap-around. Returns a bigint where a double would not be
 * exact.
 */
export function DIV_ROUND_UP(n: U64, d: number): number | bigint {
  if (n >= 0) return Math.ceil(n / d);
  const quotient = ((u64_value(n) + BigInt(d) - 1n) % TWO_64) / BigInt(d);
  return quotient < LARGE ? Number(quotient) : quotient;
}
