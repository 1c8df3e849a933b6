/** Which thread a command runs on, and which are paused where. */
import type { Threads } from '../../harness/run/step';
import { COMMANDS } from '../catalogue/catalogue';
import { locks_text } from '../kernel/lock';
import { type Kvm, MEANING_OF_POINT } from '../kernel/types';
import type { View } from './view';

/** Writes a command as text. */
export type CommandText = (command: NonNullable<Kvm['paused'][number]['command']>) => string;

const name_of = (thread: string, vcpu: number): string => (thread === 'vcpu' ? `vCPU ${vcpu}` : thread);

/** The threads after a command: the one that it ran on, and those that are paused. */
export function threads_of({ kvm, command }: Pick<View, 'kvm' | 'command'>, text: CommandText): Threads {
  const { name, args } = command;
  const vcpu = Number(args['vcpu'] ?? 0);
  const thread = name === 'resume' ? String(args['thread']) : (COMMANDS.get(name)?.thread ?? null);
  return {
    running: thread === null ? null : name_of(thread, vcpu),
    paused: kvm.paused.map(({ thread: on, vcpu: nth, command: what, at, held }) => ({
      thread: name_of(on, nth),
      command: what ? text(what) : '',
      at: at ?? '',
      means: at === null ? '' : MEANING_OF_POINT[at],
      holds: locks_text(held),
    })),
  };
}
