import { definition, type View } from '../../models/lockstep/session';
import type { Slot } from '../../models/spec/reference';
import { always, breach } from '../claim';

/**
 * SLOTS: each slot is where userspace has put it, and logs writes if userspace asked for that, whatever else is
 * running.
 */
export default always('slots are where userspace put them, with the flags it set', (view) => {
  const { kvm, ref } = view;
  const { fan_out } = kvm.world;
  for (let id = 0; id < ref.slots.length; id++) {
    const slot = kvm.memslots[id] as View['kvm']['memslots'][number];
    const want = ref.slots[id] as Slot;
    if (want.region === null ? slot.base_gfn < 0 : lies_there(slot, want, want.region * fan_out)) continue;
    if (is_on_its_way(view, id)) continue;
    const region = slot.base_gfn < 0 ? null : slot.base_gfn / fan_out;
    return breach(text(id, { ...slot, region }), text(id, want));
  }
  return null;
});

type InKind = Pick<Slot, 'backing' | 'dirty_log'>;
const lies_there = (slot: InKind & { readonly base_gfn: number }, want: InKind, gfn: number): boolean =>
  slot.base_gfn === gfn && slot.backing === want.backing && slot.dirty_log === want.dirty_log;

/** The command that removes the slot for a while is paused and has not created it again yet. */
const is_on_its_way = ({ kvm }: View, id: number): boolean =>
  kvm.paused.some(
    ({ command }) => command !== null && command.args['slot'] === id && definition(command).commits === 'at the end',
  );

const text = (id: number, { region, backing, dirty_log }: Pick<Slot, 'region'> & InKind): string =>
  region === null
    ? `no slot ${id}`
    : `slot ${id} from region ${region}, backed by ${backing}${dirty_log ? ', dirty-logged' : ''}`;
