/** Kernel versions as texts: 7.3.4, 6.18, 7.3.4-fixed. */

/** 7.3 of 7.3.4. */
export const series_of = (version: string): string => version.split('.').slice(0, 2).join('.');

/** A number by which versions compare, up to their series: 6018 of 6.18.2. */
export function version_number(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major * 1000 + minor;
}
