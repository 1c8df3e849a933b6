/**
 * Checks that fill_tlbs() fills TLBs with all that the page tables grant, and no more. Exhaustive search needs that.
 */
import type { Program } from '../harness/program/command';
import { parse_program } from '../harness/program/text';
import { bounds_of, COMMANDS } from '../models/catalogue/catalogue';
import type { Variant } from '../models/catalogue/variant';
import { ACC_ALL, EXEC, PRESENT } from '../models/kernel/spte';
import { check_tlbs, fill_tlbs, walk } from '../models/kernel/tlb';
import type { Kvm } from '../models/kernel/types';
import { start_session } from '../models/lockstep/session';
import { MMUS, type Mmu, SMALL_WORLD } from '../models/world/world';
import { program_of } from './campaign';

/** Guest accesses that execute `n` 4K pages from the first of the region on. */
const small = (region: number, n: number): string[] =>
  Array.from({ length: n }, (_, i) => `guest_exec mmu=tdp page=${region + Math.floor(i / 4)} offset=${i % 4}`);
const OF_TWO_VMS = ['other_vm do=exec', 'guest_exec mmu=tdp page=0 offset=0'];
const PROGRAMS = [
  ['nx_huge_pages on=0', 'dirty_log on=1', ...small(0, 4)],
  ['nx_huge_pages on=0', 'dirty_log on=1', ...small(0, 3)],
  ['nx_huge_pages on=0', 'dirty_log on=1', ...small(0, 4).slice(1)],
  ['dirty_log on=1', ...small(0, 4)],
  ['nx_huge_pages on=0', 'dirty_log on=1 slot=1', ...small(8, 16)],
  ['nx_huge_pages on=0', 'dirty_log on=1 slot=1', ...small(8, 15)],
  OF_TWO_VMS,
];

/** The first command after which TLBs are filled wrongly, in `cases` programs of the campaign and PROGRAMS, or null. */
export function misfilled(variant: Variant, cases: number): string | null {
  for (let i = 0; i < cases; i++) {
    const wrong = wrong_along(variant, program_of(i));
    if (wrong) return `case ${i}, ${wrong}`;
  }
  for (const program of PROGRAMS) {
    const wrong = wrong_along(variant, parse_program(COMMANDS, bounds_of(SMALL_WORLD), program));
    if (wrong) return wrong;
  }
  return null;
}

function wrong_along(variant: Variant, program: Program): string | null {
  const session = start_session(variant, SMALL_WORLD);
  const { view } = session;
  for (const command of program) {
    session.step(command);
    if (!view.quiescent) continue;
    const { tlb, other } = view.kvm;
    const of_the_other = other?.tlb ?? [];
    if (other) other.tlb = [];
    const wrong = ungranted(view.kvm) ?? unfilled(view.kvm) ?? (other && unfilled(other));
    view.kvm.tlb = tlb;
    if (other) other.tlb = of_the_other;
    if (wrong) return `${command.name}: ${wrong}`;
  }
  return null;
}

function ungranted(kvm: Kvm): string | null {
  fill_tlbs(kvm);
  kvm.running.tlb_suspect = true;
  check_tlbs(kvm, 'TLBs were filled');
  const suspect = kvm.running.tlb_suspect;
  kvm.running.tlb_suspect = false;
  if (suspect) return kvm.record.findings.at(-1)?.text ?? 'an entry that no table grants is cached';
  for (const { access, size, level, vcpu } of kvm.tlb) {
    if (!(access & PRESENT) || vcpu >= kvm.world.vcpus) return 'an entry that no access can use is cached';
    if (size !== kvm.world.fan_out ** (level - 1)) return `${size} 4K pages of level ${level}`;
  }
  return null;
}

/**
 * Each leaf that a walk can reach must be cached, and without the mitigation also each huge page that executable 4K
 * pages make up together. Nothing else may be cached.
 */
function unfilled(kvm: Kvm): string | null {
  const { fan_out, regions, vcpus } = kvm.world;
  const have = new Set(kvm.tlb.map(({ vcpu, mmu, gfn, level, access }) => [vcpu, mmu, gfn, level, access].join(' ')));
  const want = new Set<string>();
  for (const mmu of MMUS) {
    for (const level of [1, 2, 3]) {
      const size = fan_out ** (level - 1);
      for (let gfn = 0; gfn < regions * fan_out; gfn += size) {
        const access = granted_by(kvm, mmu, gfn, level, size);
        if (access === 0) continue;
        for (let vcpu = 0; vcpu < vcpus; vcpu++) want.add([vcpu, mmu, gfn, level, access].join(' '));
      }
    }
  }
  for (const entry of want) if (!have.has(entry)) return `not cached: ${entry}`;
  for (const entry of have) if (!want.has(entry)) return `cached: ${entry}`;
  return null;
}

/** The access that a TLB entry for all of these 4K pages may grant; 0 if there can be none. */
function granted_by(kvm: Kvm, mmu: Mmu, gfn: number, level: number, size: number): number {
  let common = ~0;
  for (let at = gfn; at < gfn + size; at++) {
    const leaf = walk(kvm, mmu, at);
    if (!leaf || leaf.level > level) return 0;
    if (leaf.level === level) return leaf.spte & ACC_ALL;
    common &= leaf.spte;
  }
  return common & EXEC && !kvm.params.nx_huge_pages ? common & ACC_ALL : 0;
}
