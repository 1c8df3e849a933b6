/**
 * The commands that `explore` tries by default: both MMUs over one slot of each backing, and for each number the values
 * that show most. Left out: SMM and its slot, the second nested guest, commands of a nested guest's hypervisor, the
 * life of the VM, signals, and the limit of its pages.
 */
import type { Program } from '../../harness/program/command';
import type { Selection } from '../../harness/program/space';
import { COMMANDS } from '../catalogue/catalogue';
import { numbers } from '../world/geometry';
import { SMALL_WORLD } from '../world/world';

const is_usual = (slot: number): boolean => SMALL_WORLD.slots[slot]?.as === undefined;
const slot = [...SMALL_WORLD.slots.keys()].filter(is_usual);
const page = numbers(SMALL_WORLD.regions).filter((n) =>
  SMALL_WORLD.slots.some(({ home, away, regions }, of) => is_usual(of) && n < Math.max(home, away) + regions),
);
const mmu = ['tdp', 'shadow'];

export const CORE: Selection = {
  guest_exec: { mmu, page },
  guest_read: { mmu, page },
  guest_write: { mmu, page },
  recover: { ratio: [1, 2] },
  invalidate: { page },
  invalidate_4k: { page },
  dirty_log: { slot },
  nx_huge_pages: {},
  recovery_ratio: { ratio: [1, 0] },
  wait: {},
  create_slot: { slot },
  delete_slot: { slot },
  move_slot: { slot },
  recreate_slot: { slot },
  resume: {},
};

/**
 * Commands that multiply the states. Where L1's entries point elsewhere, regions are no longer alike, and each state counts once
 * for every order of them; and every 4K page may be private.
 */
const MULTIPLYING: readonly string[] = ['remap_entry', 'attributes'];

/** The commands that a proof about these programs tries; null for all. */
export function proof_alphabet(programs: readonly Program[]): Selection | null {
  const needed = new Set(programs.flatMap((program) => program.map(({ name }) => name)));
  const left_out = MULTIPLYING.filter((name) => !needed.has(name));
  if (left_out.length === 0) return null;
  return Object.fromEntries([...COMMANDS.keys()].filter((name) => !left_out.includes(name)).map((name) => [name, {}]));
}
