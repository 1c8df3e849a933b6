/** Rules of the kernel's own that no claim is about: short programs, and what must be seen at their end. */
import { known } from '../harness/errors';
import { parse_program } from '../harness/program';
import { COMMANDS, VARIANTS } from '../models/catalogue';
import type { Kvm } from '../models/kernel/types';
import { start_session } from '../models/session';
import { SMALL_WORLD } from '../models/world';
import { SUITE } from '../properties/suite';

export interface Rule {
  readonly rule: string;
  /** Variants that it is tried on. */
  readonly on: readonly string[];
  readonly program: readonly string[];
  /** What the last command has brought about, or left behind. */
  sees(kvm: Kvm): number | string;
  readonly want: number | string;
}

const taken_by_reclaim = ({ record }: Kvm): number => record.reclaimed.length;
const flushes = ({ stat }: Kvm): number => stat.remote_tlb_flush_requests;
const pages = ({ stat }: Kvm): string => stat.pages.join('/');
const shadow_pages = ({ sps }: Kvm): number => sps.filter((sp) => !sp.tdp_mmu_page && !sp.is_root).length;

const nested = (kind: string, page: number): string => `guest_${kind} mmu=shadow page=${page} offset=0`;

/** A table at 2M, and three below it. */
const FOUR_TABLES = [0, 1, 2].map((page) => nested('exec', page));

export const RULES: readonly Rule[] = [
  {
    rule: 'a lower limit of shadow pages takes effect at once, and takes no more than it must',
    on: ['v5.5'],
    program: [...FOUR_TABLES, 'nr_mmu_pages pages=2'],
    sees: shadow_pages,
    want: 2,
  },
  {
    rule: 'a limit that is not reached takes nothing',
    on: ['v5.5', 'v6.18'],
    program: [...FOUR_TABLES, 'nr_mmu_pages pages=4'],
    sees: taken_by_reclaim,
    want: 0,
  },
  {
    rule: 'a fault at the limit makes room for one page, and for no more',
    on: ['v5.5'],
    program: [...FOUR_TABLES, 'nr_mmu_pages pages=4', nested('exec', 3)],
    sees: taken_by_reclaim,
    want: 1,
  },
  {
    rule: 'a fault below the limit makes no room',
    on: ['v5.5', 'v6.18'],
    program: [...FOUR_TABLES, 'nr_mmu_pages pages=5', nested('exec', 3)],
    sees: taken_by_reclaim,
    want: 0,
  },
  {
    rule: 'reclaim that finds nothing flushes nothing',
    on: ['v5.5', 'v6.18'],
    program: ['reclaim pages=1'],
    sees: flushes,
    want: 0,
  },
  {
    rule: 'pages of one age go together: by their age alone nobody can say which of them is the oldest',
    on: ['v6.2', 'v6.18'],
    program: [
      nested('read', 0),
      nested('read', 1),
      'dirty_log on=1',
      'dirty_log on=0',
      nested('read', 0),
      nested('read', 1),
      'dirty_log on=1',
      'reclaim pages=2',
    ],
    sees: taken_by_reclaim,
    want: 3,
  },
  {
    rule: 'a guest whose KVM_RUN fails for ever maps nothing',
    on: ['B25'],
    program: ['signal', 'guest_read mmu=tdp page=0 offset=0'],
    sees: pages,
    want: '0/0/0',
  },
];

/** On which variant a rule does not hold, and what is seen there; null if it holds on all. */
export function broken_on({ on, program, sees, want }: Rule): string | null {
  for (const name of on) {
    const session = start_session(known('variant', name, VARIANTS), SMALL_WORLD);
    for (const command of parse_program(COMMANDS, SUITE.bounds, program)) session.step(command);
    session.finish?.();
    const seen = session.view.crash ?? sees(session.view.kvm);
    if (seen !== want) return `${name}: got ${seen}, want ${want}`;
  }
  return null;
}
