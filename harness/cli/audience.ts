import type { MatrixRow } from '../campaign/matrix';
import type { Sighting } from '../campaign/port_campaign';
import type { Campaign } from '../campaign/search';
import type { Program } from '../program/command';
import type { Judged } from '../run/ran';
import type { Found } from '../run/session';
import type { VariantInfo } from '../suite';
import type { Explored } from './explore_report';

/** Takes what a command finds, as data, when it is found. */
export interface Audience {
  /** A search is done. `expected`: the variant, with the properties that were to be found broken. */
  campaign(campaign: Campaign, expected: VariantInfo): void;
  /** A program has run on one implementation. */
  ran(variant: string, program: Program, found: readonly Found[]): void;
  /** An exhaustive search of one variant is done. */
  explored(explored: Explored): void;
  /** A kill matrix: each property was searched for under this many seeds. */
  matrix(rows: readonly MatrixRow[], seeds: number): void;
  /** A search on a machine is done: what it has found, and whether anything of it counts as a failure. */
  searched(machine: Machine, findings: readonly Sighting<Judged>[], good: boolean): void;
  /** Anything else that is a table; the keys of a row are its columns. */
  table(table: Table): void;
  /** A user's own implementation cannot be run by whoever looks: what it shows after each command (see Suite.picture). */
  pictured(variant: string, program: Program, seen: { found: readonly Found[]; pictures: readonly unknown[] }): void;
}

/** A machine that is no model: its name, the variant that models it, the world in which its programs are. */
export interface Machine {
  readonly name: string;
  readonly model: string;
  readonly world: string;
  /** The call that runs programs on it, without its program: `live --kernel PATH`. */
  readonly call: string;
  readonly seed: string;
  readonly programs: number;
  readonly commands: number;
}

export interface Table {
  readonly title: string;
  /** A sentence about it. */
  readonly note: string;
  readonly rows: readonly Readonly<Record<string, string>>[];
}
