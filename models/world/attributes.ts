/**
 * Memory attributes (KVM_SET_MEMORY_ATTRIBUTES): the gfns of the 4K pages that userspace has made private, in ascending order. Both
 * sides keep them so. The lists are replaced, never changed.
 */
export type Gfns = readonly number[];

export const NO_GFNS: Gfns = [];

/** Whether these 4K pages, `size` from `start` on, are neither all private nor all shared: a huge page must not map them. */
export function are_mixed(are_private: Gfns, start: number, size: number): boolean {
  let n = 0;
  for (let i = 0; i < are_private.length; i++) {
    const gfn = are_private[i] as number;
    if (gfn >= start && gfn < start + size) n++;
  }
  return n > 0 && n < size;
}

/** The same list, with this page private or shared. */
export function with_attribute(are_private: Gfns, gfn: number, is_private: boolean): Gfns {
  if (are_private.includes(gfn) === is_private) return are_private;
  const others = are_private.filter((one) => one !== gfn);
  return is_private ? [...others, gfn].sort((one, other) => one - other) : others;
}
