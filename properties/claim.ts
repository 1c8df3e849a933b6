import type { Breach, Property } from '../harness/run/property';
import type { Finding } from '../models/kernel/types';
import type { Seen } from '../models/live/seen';
import type { Event, View } from '../models/lockstep/session';

export { breach } from '../harness/run/property';

/** A property. It must hold after every command (or after those with the event that it is about). Its name is its file's. */
export type Always = Omit<Property<View>, 'name'> & {
  readonly after: Event | null;
  /** The same claim where there is nothing to look at but what userspace sees: on a real kernel. */
  readonly seen?: SeenCheck;
};

/** Null while the claim holds of what was seen after a command of a real kernel's. */
export type SeenCheck = (seen: Seen) => Breach | null;

/** A claim about real kernels alone: of the models others say more. Its name is its file's. */
export interface Live {
  readonly claim: string;
  readonly seen: SeenCheck;
}

/** A state that a search must reach. Its name is its file's. */
export interface Sometimes {
  readonly claim: string;
  reached(view: View): boolean;
}

/** Judged after every command that did not kill the kernel. */
export const always = (claim: string, check: Always['check']): Always => {
  return { claim, after: null, detail: null, even_in_a_crash: false, check };
};
/** Judged only after commands that brought this event about: a pass, a broken rule of the kernel's own, … (`Event`, session.ts). */
export const after = (event: Event, claim: string, check: Always['check']): Always => {
  return { claim, after: event, detail: null, even_in_a_crash: false, check };
};
/** Judged even where the kernel died in the middle of a command. */
export const even_in_a_crash = (claim: string, check: Always['check']): Always => {
  return { claim, after: null, detail: null, even_in_a_crash: true, check };
};
/** A claim about what vCPUs have cached, which decides nothing else while the page tables grant it all. */
export const of_tlbs = (claim: Always): Always => ({ ...claim, detail: 'tlbs' });
export const sometimes = (claim: string, reached: Sometimes['reached']): Sometimes => ({ claim, reached });

/** A claim that can be judged on a real kernel, too. */
export const seen_by_userspace = (claim: Always, seen: SeenCheck): Always => ({ ...claim, seen });
export const live = (claim: string, seen: SeenCheck): Live => ({ claim, seen });

/** The first of the kernel's own rules of this kind that the command broke. */
export function finding(view: View, claim: Finding['claim'], want: string): Breach | null {
  for (const found of view.kvm.record.findings) if (found.claim === claim) return { got: found.text, want };
  return null;
}
