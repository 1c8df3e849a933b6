import type { Aim, ArgValue, Command } from '../harness/command';
import { definition, step_reference } from './session';
import { new_reference, type Reference, recover_fifo, slot_at } from './reference';
import type { Contract } from './contract';
import type { World } from './world';

/**
 * Aims the next command at what the program has brought about so far, as the reference sees it: tables, splits, slots
 * under dirty logging. One contract for all variants, so that a case means the same program for each of them.
 */
export function aim_by_reference(contract: Contract, world: World): Aim {
  const ref = new_reference(contract, world);
  return {
    value: (command, key, take) => AIMS[key]?.(ref, command, take),
    after(command: Command) {
      const spec = definition(command);
      step_reference(ref, spec, command.args);
      if (command.name === 'recover') recover_fifo(ref, Number(command.args['ratio']));
    },
  };
}

type Take = (n: number) => number;

const AIMS: Readonly<Record<string, (ref: Reference, command: string, take: Take) => ArgValue | undefined>> = {
  page(ref, _command, take) {
    if (ref.tables.length > 0) return ref.tables[take(ref.tables.length)]?.page;
    const { page, broken } = ref.slots[take(ref.slots.length)] ?? {};
    return page == null || !broken ? undefined : page + take(broken.length);
  },
  slot(ref, _command, take) {
    const table = ref.tables[take(Math.max(1, ref.tables.length))];
    const slot = table && slot_at(ref, table.page);
    return slot ? ref.slots.indexOf(slot) : undefined;
  },
  on(ref, command, take) {
    if (command === 'nx_huge_pages') return Number(!ref.nx);
    const logged = ref.slots.some(({ dirty_log }) => dirty_log);
    return logged ? take(2) : 1;
  },
};
