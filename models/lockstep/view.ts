/** What properties see of the two sides, and what of it is state. */
import type { Command } from '../../harness/program/command';
import type { Variant } from '../catalogue/variant';
import type { Kvm, PassRecord } from '../kernel/types';
import { bit, by_hand, fixed, GIVEN, left_out, link, record, type State, scratch, structure } from '../layout/layout';
import type { Reference } from '../spec/reference';
import type { Audit } from './audit';

/** A pass as the kernel ran it, and the splits that the reference counted on each list when it began. */
export interface JudgedPass {
  readonly record: PassRecord;
  readonly splits: readonly number[];
}

/** When the two sides were last compared: nothing can differ anew while no table has come or gone. */
const COUNT = {
  copy: by_hand('copy_divergence()'),
  equal: left_out('tells only whether to compare again'),
  print: left_out('tells only whether to compare again'),
} as const;
export const COMPARED = {
  pages: link<number>({ ...COUNT, begins: 0 }),
  pages_ever: link<number>({ ...COUNT, begins: 0 }),
  tables: link<number>({ ...COUNT, begins: 0 }),
  tables_ever: link<number>({ ...COUNT, begins: 0 }),
};

/**
 * Places where a table stands on one side only, or has done since there was last a table on neither side. Places below them
 * count, and the same places in a nested guest's other tree.
 * What an idle table that should have gone does later (an exec fault finds it, and counts nothing) follows from that,
 * so LIVE alone judges such places: it says who is right. STAT, LEVEL and RATE judge all others.
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
  variant: fixed<Variant>('one for all machines that are compared'),
  kvm: fixed<Kvm>('what is in it, KVM says'),
  ref: fixed<Reference>('what is in it, REFERENCE says'),
  command: scratch<Command>(GIVEN),
  audit: fixed<Audit>('follows from the lists and the tables: it is filled after every command'),
  /** Where the two sides do not agree that a table stands. */
  divergence: fixed<Divergence>('what is in it, DIVERGENCE says'),
  /** Splits on each list, as the reference counts them; places that diverge left out here and in `passes`. */
  splits: scratch<readonly number[]>([]),
  passes: scratch<JudgedPass[]>([]),
  /** Nothing is paused; nor was when the command began, so that the reference could foretell what it does. */
  quiescent: bit({
    begins: true,
    copy: left_out('copies are made of quiescent machines'),
    equal: left_out('quiescent machines are compared'),
    print: by_hand('what is left out of the fingerprint while something is paused (fingerprint.ts)'),
  }),
  predictable: scratch<boolean>(true),
  /** Of a step into which others ran: the period before it, by what had been asked for by then; null while recovery was off. */
  period_before: scratch<number | null>(null),
  /** How the kernel died during this command, or null. */
  crash: scratch<string | null>(null),
  /** The same of another VM on the host, if there is one. */
  other: link<View | null>({
    begins: null,
    copy: by_hand('a view of its own (session_copy.ts)'),
    equal: by_hand('as this one (session_copy.ts)'),
    print: by_hand('its own fingerprint (fingerprint.ts)'),
  }),
};
export interface View extends State<typeof VIEW> {}
