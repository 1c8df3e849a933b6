import { SUITE } from '../../bin/kvm/suite';
import { known } from '../../harness/errors';
import { random_of_case } from '../../harness/generate/seed';
import { parse_program } from '../../harness/program/text';
import { VARIANTS } from '../catalogue/catalogue';
import type { KernelOps } from '../kernel/ops';
import { zap_leafs } from '../kernel/tdp_mmu';
import { SMALL_WORLD } from '../world/world';
import { difference } from './difference';
import { start_session } from './session';

function after(program: readonly string[], kernel: Partial<KernelOps> = {}) {
  const variant = known('variant', 'v6.18', VARIANTS);
  const session = start_session({ ...variant, ops: { ...variant.ops, ...kernel } }, SMALL_WORLD);
  for (const command of parse_program(SUITE.commands, SUITE.bounds, program)) session.step(command);
  return difference(session.view.kvm, session.view.ref);
}

const READ = 'guest_read mmu=tdp page=1 offset=0';

test.each([
  [
    "a table that stands on the kernel's side alone",
    'guest_exec mmu=shadow page=4 offset=0',
    { track_write_zaps_parentless_pages: false },
    { got: 'a table at gfn 16, level 2 (shadow)', want: null },
  ],
  [
    'a page that is missing there',
    READ,
    { tdp_mmu_unmap_gfn_range: (kvm, start, end) => zap_leafs(kvm, start, end + 1) },
    { got: null, want: 'a page at gfn 4, level 2 (tdp)' },
  ],
] satisfies [string, string, Partial<KernelOps>, object][])(
  '%s is named, with its place',
  (_, first, kernel, named) => {
    const program = [first, first === READ ? 'invalidate page=0' : 'clear_gpte_dirty mmu=shadow page=4'];
    expect(after(program)).toBeNull();
    expect(after(program, kernel)).toEqual(named);
  },
);

test('in a conforming baseline there is none whenever nothing is paused', () => {
  for (const baseline of ['v5.5', 'v5.12', 'v6.1', 'v6.18']) {
    for (let i = 0; i < 40; i++) {
      const session = start_session(known('variant', baseline, VARIANTS), SMALL_WORLD);
      for (const command of SUITE.programs.draw(random_of_case('difference', i))) {
        session.step(command);
        if (session.view.quiescent) expect(difference(session.view.kvm, session.view.ref)).toBeNull();
      }
    }
  }
});
