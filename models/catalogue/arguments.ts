/** What the arguments of commands mean that several have. `list` prints them. */
export const ARGUMENTS: readonly { readonly argument: string; readonly doc: string }[] = [
  { argument: 'page=N', doc: 'a region: 2M of guest-physical address space, number N' },
  { argument: 'offset=N', doc: 'a 4K page in that region' },
  { argument: 'mmu=tdp', doc: "L1's access: served by the TDP MMU, or, where there is none, by the shadow MMU" },
  {
    argument: 'mmu=shadow, shadow2',
    doc: 'the access of a nested guest (L2), or of a second one: served by the shadow MMU',
  },
  { argument: 'mmu=smm', doc: "L1's access in system management mode, which has an address space of its own" },
  { argument: 'vcpu=N', doc: 'the vCPU that does it' },
  { argument: 'slot=N', doc: 'a memslot of the world' },
  {
    argument: 'pause=N',
    doc: 'the command pauses at the N-th place where another CPU can run, and continues with resume',
  },
];
