/** The kernels in Debian's package lists: which packages make up one, of which series it is, and which suites hold it. */
import { wrapped } from '../../harness/wrap';

/** A package as apt shows it; its size is in bytes. */
export interface Package {
  readonly name: string;
  readonly version: string;
  readonly size: number;
}

/** A kernel that the lists name. */
export interface Listed {
  readonly series: string;
  readonly version: string;
  /** The packages that make it up; empty if the lists do not have all of them. */
  readonly packages: readonly Package[];
}

/**
 * Matches the packages of a kernel: one package has all of it, or several have the image, the modules and what both
 * share.
 */
export const PART = /^linux-(image|binary-unsigned|binary|modules|base)-(\d.*-cloud-amd64)(-unsigned)?$/;

/**
 * Packages that make up a whole kernel. Unsigned ones come first: they are published earlier, and only firmware checks
 * signatures.
 */
const WHOLE = [['binary-unsigned', 'modules', 'base'], ['binary', 'modules', 'base'], ['image-unsigned'], ['image']];

/** An image package of fewer bytes only depends on the others. */
const SMALLEST_IMAGE = 1e6;

/** 7.3 of 7.3.4-1~bpo13+1; a release candidate is a series of its own, 7.3~rc7. */
export const debian_series = (version: string): string => /^\d+[.]\d+(?:~rc\d+)?/.exec(version)?.[0] ?? version;

/** All kernels in the output of `apt-cache show`, newest first. */
export function kernels_in(shown: string): Listed[] {
  const kernels = new Map<string, { version: string; parts: Map<string, Package> }>();
  for (const stanza of shown.split(/\n\n+/)) {
    const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
    const [name, version, size] = [field('Package'), field('Version'), Number(field('Size'))];
    const [, part, release, unsigned = ''] = PART.exec(name) ?? [];
    if (part === undefined || (part === 'image' && size < SMALLEST_IMAGE)) continue;
    const key = `${version} ${release}`;
    const kernel = kernels.get(key) ?? { version, parts: new Map<string, Package>() };
    kernels.set(key, kernel);
    kernel.parts.set(`${part}${unsigned}`, { name, version, size });
  }
  const newest_first = [...kernels].sort(([a], [b]) => by_version(b, a));
  return newest_first.map(([, { version, parts }]) => {
    const complete = WHOLE.find((whole) => whole.every((part) => parts.has(part))) ?? [];
    const packages = complete.flatMap((part) => parts.get(part) ?? []);
    return { series: debian_series(version), version, packages };
  });
}

/** The newest whole kernel of a series like 6.1, or this version of it; null if there is none. */
export const newest_kernel = (
  kernels: readonly Listed[],
  series: string,
  wanted: string | null = null,
): Listed | null =>
  kernels.find(
    (one) => one.packages.length > 0 && one.series === series && (wanted === null || one.version === wanted),
  ) ?? null;

/**
 * Orders kernel versions like 6.1.192-2 by their numbers, oldest first. 7.3.4-1~bpo13+1 is a later rebuild of 7.3.4-1.
 */
export function by_version(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** The suites of each version, from the output of `apt-cache madison`. Keys are `PACKAGE VERSION`. */
export function suites_in(madison: string): Map<string, string[]> {
  const suites = new Map<string, string[]>();
  for (const line of madison.split('\n')) {
    const [, name, version, suite] = /^ *(\S+) \| +(\S+) \| \S+ (\S+)\/main amd64 Packages$/.exec(line) ?? [];
    if (suite === undefined) continue;
    const key = `${name} ${version}`;
    suites.set(key, [...(suites.get(key) ?? []), suite]);
  }
  return suites;
}

/** A kernel that can be had, and the suites that hold it. */
export interface Held {
  readonly series: string;
  readonly version: string;
  readonly suites: readonly string[];
}

/** The whole ones of these kernels, each version once. */
export function held_kernels(kernels: readonly Listed[], suites: ReadonlyMap<string, readonly string[]>): Held[] {
  const held = new Map<string, Held>();
  for (const { series, version, packages } of kernels) {
    const [first] = packages;
    if (first && !held.has(version))
      held.set(version, { series, version, suites: suites.get(`${first.name} ${version}`) ?? [] });
  }
  return [...held.values()];
}

const WIDTH = 100;

/**
 * Kernels that can be had as lines of text: for each series, oldest first, its suites; for each suite the versions, newest
 * first. A version that several suites hold stands at the first of them.
 */
export function held_lines(held: readonly Held[]): string[] {
  const rows = new Map<string, string[]>();
  const oldest_first = [...new Set(held.map(({ series }) => series))].sort(by_version);
  for (const series of oldest_first)
    for (const { version, suites } of held.filter((one) => one.series === series)) {
      const key = `${series} ${suites[0] ?? '?'}`;
      rows.set(key, [...(rows.get(key) ?? []), version]);
    }
  const heads = [...rows.keys()].map((key) => key.split(' '));
  const [first, second] = [0, 1].map((column) => 2 + Math.max(...heads.map((head) => head[column]?.length ?? 0)));
  const margin = 'debian:'.length + (first ?? 0) + (second ?? 0);
  let before = '';
  return [...rows].flatMap(([key, versions]) => {
    const [series = '', suite = ''] = key.split(' ');
    const name = series === before ? '' : `debian:${series}`;
    before = series;
    const head = name.padEnd('debian:'.length + (first ?? 0)) + suite;
    return wrapped(versions.join(' '), WIDTH - margin).map(
      (line, i) => `${(i === 0 ? head : '').padEnd(margin)}${line}`,
    );
  });
}
