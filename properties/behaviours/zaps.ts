/** Rules about what goes with a slot, and about faults while the host takes memory back. */
import { SMM_OVER_MEMORY } from '../../models/world/world';
import { type Behaviour, exec, read } from './behaviour';

const OLD_AND_NEW = ['v5.5', 'v6.18'];

/** Without the quirk SLOT_ZAP_ALL, only what the slot has mapped goes. */
const GOES: readonly Behaviour[] = [
  {
    name: 'with a slot go tables of its own address space, not those of the other',
    on: ['v6.18'],
    world: SMM_OVER_MEMORY,
    program: ['destroy_vm slot_zap_all=0', exec(0), 'guest_exec mmu=smm page=0 offset=0', 'delete_slot'],
    sees: ({ sps }) => sps.map(({ role, is_root }) => (is_root ? '' : role.smm ? 's' : 't')).join(''),
    want: 'ss',
  },
  {
    name: 'a TDP table that goes with its slot is unlinked as the TDP MMU does it',
    on: ['v6.18'],
    program: ['destroy_vm slot_zap_all=0', exec(0), 'delete_slot'],
    sees: ({ record }) => record.accountings.map(({ what }) => what).join(),
    want: 'tdp_mmu_unlink_sp,tdp_mmu_unlink_sp',
  },
];

/** An int that counts how often the host has taken memory back (B50). Here it has three bits, and 4 to 7 are negative. */
const taken_back = (times: number, mapped: boolean): Behaviour => ({
  name: `after the host has taken memory back ${times} times, an access ${mapped ? 'is mapped' : 'faults for ever'}`,
  on: ['B50'],
  program: [...Array<string>(times).fill('invalidate page=1'), read(0)],
  sees: ({ record }) => `level ${record.mapped_level}, ${record.findings.map(({ claim }) => claim).join()}`,
  want: mapped ? 'level 2, ' : 'level 0, LIVE',
});
const SEQ: readonly Behaviour[] = [
  ...[0, 1, 3, 8, 9].map((times) => taken_back(times, true)),
  ...[4, 7].map((times) => taken_back(times, false)),
  {
    name: 'how often the host has taken memory back is counted only where a fault compares it with an int',
    on: OLD_AND_NEW,
    program: [read(0), 'invalidate page=0'],
    sees: ({ mmu_invalidate_seq }) => mmu_invalidate_seq,
    want: 0,
  },
];

export const BEHAVIOURS_OF_ZAPS: readonly Behaviour[] = [...GOES, ...SEQ];
