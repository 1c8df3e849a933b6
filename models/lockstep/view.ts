/** What properties see of the two sides, and which part of it is state. */
import type { Command } from '../../harness/program/command';
import type { Variant } from '../catalogue/variant';
import type { Kvm, PassRecord } from '../kernel/types';
import { bit, by_hand, fixed, GIVEN, left_out, link, record, type State, scratch, structure } from '../layout/layout';
import type { Reference } from '../spec/reference';
import type { Audit } from './audit';

/** A pass as the kernel ran it, and the number of splits on each list, counted by the reference when the pass began. */
export interface JudgedPass {
  readonly record: PassRecord;
  readonly splits: readonly number[];
}

/**
 * Tables built and removed when the sides were last compared: while these numbers stay, no new difference can appear.
 */
const COUNT = {
  copy: by_hand('copy_divergence()'),
  equal: left_out('a cache: says only whether to compare again'),
  print: left_out('a cache: says only whether to compare again'),
} as const;
export const COMPARED = {
  pages: link<number>({ ...COUNT, begins: 0 }),
  pages_ever: link<number>({ ...COUNT, begins: 0 }),
  tables: link<number>({ ...COUNT, begins: 0 }),
  tables_ever: link<number>({ ...COUNT, begins: 0 }),
};

/**
 * Places where a table exists on one side only, or has existed on one side only since the place was last empty on both.
 * This includes the places below them, and the same places in a nested guest's other tree. An idle table that should
 * have been removed has later effects (an exec fault finds it, and accounts nothing). So only LIVE judges these places:
 * it says which side is right. STAT, LEVEL and RATE judge all others.
 */
export const DIVERGENCE = {
  places: structure<Set<number>>({
    copy: by_hand('copy_divergence()'),
    equal: by_hand('same_divergence()'),
    print: by_hand('each where it is (fingerprint_reference.ts)'),
  }),
  compared: record<State<typeof COMPARED>>(COMPARED),
};
export interface Divergence extends State<typeof DIVERGENCE> {}

/** What properties see after a command: both sides, the audit of the lists, and what the command did. */
export const VIEW = {
  variant: fixed<Variant>('the same object in all machines that are compared'),
  kvm: fixed<Kvm>('its fields are declared by KVM'),
  ref: fixed<Reference>('its fields are declared by REFERENCE'),
  command: scratch<Command>(GIVEN),
  audit: fixed<Audit>('follows from the lists and the tables: it is filled after every command'),
  /** The places where the two sides disagree whether a table exists. */
  divergence: fixed<Divergence>('its fields are declared by DIVERGENCE'),
  /** Number of splits on each list, counted by the reference. Diverged places are left out, here and in `passes`. */
  splits: scratch<readonly number[]>([]),
  passes: scratch<JudgedPass[]>([]),
  /** Nothing is paused. `predictable`: nothing was when the command began either, so the reference could predict it. */
  quiescent: bit({
    begins: true,
    copy: left_out('only quiescent machines are copied'),
    equal: left_out('only quiescent machines are compared'),
    print: by_hand('what is left out of the fingerprint while something is paused (fingerprint.ts)'),
  }),
  predictable: scratch<boolean>(true),
  /**
   * For a command during which others ran: the period before it, according to what had been asked for by then; null
   * while recovery was off.
   */
  period_before: scratch<number | null>(null),
  /** How the kernel crashed or hung during this command, or null. */
  crash: scratch<string | null>(null),
  /** The view of another VM on the host, if there is one. */
  other: link<View | null>({
    begins: null,
    copy: by_hand('a view of its own (session_copy.ts)'),
    equal: by_hand('as this one (session_copy.ts)'),
    print: by_hand('its own fingerprint (fingerprint.ts)'),
  }),
};
export interface View extends State<typeof VIEW> {}
