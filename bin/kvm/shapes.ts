/**
 * V8 stores a field as narrowly as its values so far allow. Code that it has compiled for such objects it throws away when
 * a wider value comes: the first double in a field of whole numbers, the first number in a field of nulls. Values like
 * these come late in a random program, and every function that has such an object at hand is then compiled again. So a
 * thread first runs one program that has all of them. No result rests on it.
 */
import { known } from '../../harness/errors';
import { parse_program } from '../../harness/program/text';
import { run } from '../../harness/run/run';
import { bounds_of, COMMANDS, VARIANTS } from '../../models/catalogue/catalogue';
import { start_session } from '../../models/lockstep/session';
import { SMALL_WORLD } from '../../models/world/world';
import { CLAIMS } from '../../properties/claims';

/** The variant must be one that has everything that the program is about. */
const VARIANT = 'v6.18';

/** Values that are no small integers (a ratio, the clock after a long period); all else that begins as null, zero or empty. */
const PROGRAM = [
  'guest_exec mmu=tdp page=0 offset=0 pause=1',
  'recovery_period ms=1000',
  'resume thread=vcpu',
  'guest_exec mmu=shadow page=0 offset=1',
  'guest_exec mmu=smm page=24 offset=0',
  'guest_read mmu=shadow2 page=1 offset=0',
  'guest_write mmu=tdp page=2 offset=0',
  'dirty_log slot=0 on=1',
  'guest_write mmu=tdp page=2 offset=0',
  'clear_dirty_log size=slot page=0 offset=0',
  'dirty_log slot=0 on=0',
  'recovery_ratio ratio=4294967295',
  'recover ratio=4294967295',
  'recovery_period ms=4294967295',
  'wait until=due',
  'recover ratio=1',
  'nr_mmu_pages pages=2',
  'guest_exec mmu=shadow page=8 offset=0',
  'guest_exec mmu=shadow page=12 offset=0',
  'guest_exec mmu=shadow page=0 offset=0',
  'reclaim pages=1',
  'invalidate page=0',
  'invalidate_4k page=0 offset=0',
  'guest_exec mmu=tdp page=0 offset=0',
  'clear_gpte_dirty mmu=shadow page=0',
  'delete_slot slot=0',
  'create_slot backing=4k slot=0',
  'move_slot to=away slot=1',
  'recreate_slot slot=1',
  'nx_huge_pages on=0',
  'nx_huge_pages on=1',
  'other_vm do=create',
  'other_vm do=exec',
  'wait until=due',
  'kill_worker',
  'signal',
  'guest_exec mmu=tdp page=0 offset=0',
  'other_vm do=destroy',
  'destroy_vm exempt=0 never=0',
  'guest_exec mmu=tdp page=0 offset=0',
  'drop_roots vcpu=0',
  'remap_entry mmu=shadow page=0 to=4 tracked=0',
  'attributes page=0 offset=0 private=1',
  'prefault mmu=tdp page=1 offset=0',
  'wait until=due',
];

let are_settled = false;

/** To be called before a thread runs its first program; later calls do nothing. */
export function settle_shapes(): void {
  if (are_settled) return;
  are_settled = true;
  const variant = known('variant', VARIANT, VARIANTS);
  const program = parse_program(COMMANDS, bounds_of(SMALL_WORLD), PROGRAM);
  run(start_session(variant, SMALL_WORLD), program, [...CLAIMS.values()], { to_the_end: true });
}
