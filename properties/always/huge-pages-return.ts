import { has_diverged, place_of } from '../../models/lockstep/divergence';
import type { View } from '../../models/lockstep/session';
import { giga_behind, standing_tree } from '../../models/spec/nested';
import { type Mmu, PG_LEVEL_2M, tables_of, trees_of } from '../../models/world/world';
import { after, breach, seen_by_userspace } from '../claim';

const NAMES = ['nothing', '4K', '2M', '1G'];

/**
 * LIVE: a region that neither dirty logging, nor a split, nor the backing keeps small is mapped huge by the next fault
 * that could map it huge. A listed table may still keep the region small, since recovery will take the table. LEVEL
 * judges whether the table should be listed.
 */
const claim = after('access', 'a region is mapped huge unless something forbids it', (view) => {
  const { ref, kvm } = view;
  const { mapped_level, faults } = kvm.record;
  if (mapped_level >= ref.access_level || mapped_level === 0 || faults === 0 || !ref.access_faulted) return null;
  if (has_listed_table(view)) return null;
  return breach(`mapped ${NAMES[mapped_level]}`, `${NAMES[ref.access_level]}: nothing forbids it`);
});

/** Userspace sees that too few pages of the expected size are mapped. */
export default seen_by_userspace(claim, ({ after, want, access_level }) => {
  if (!after || !want || access_level < PG_LEVEL_2M || after.splits > want.splits) return null;
  const [have, wanted] = [after.pages[access_level - 1] ?? 0, want.pages[access_level - 1] ?? 0];
  if (have >= wanted) return null;
  return breach(`mapped smaller: ${have} pages of ${NAMES[access_level]}`, `${wanted}: nothing forbids it`);
});

function has_listed_table({ audit, command, divergence, kvm, ref }: View): boolean {
  const { mmu, page } = command.args;
  const { fan_out } = kvm.world;
  const entry = Math.floor(Number(page) / fan_out);
  const standing = standing_tree(ref, mmu as Mmu, entry);
  const region = giga_behind(ref, mmu as Mmu, entry) * fan_out + (Number(page) % fan_out);
  // The nested guest's other tree kept the region small until this fault unlinked that tree.
  const others = trees_of(mmu as Mmu).map(tables_of);
  return audit.lists.some(({ pages }) =>
    pages.some((sp) => {
      const place = place_of(kvm, sp);
      if (has_diverged(divergence, place)) return false;
      const regions = place.level === 2 ? kvm.world.fan_out : 1;
      const in_the_way =
        place.mmu === tables_of(standing) || (place.level === PG_LEVEL_2M && others.includes(place.mmu));
      return in_the_way && region >= place.region && region < place.region + regions;
    }),
  );
}
