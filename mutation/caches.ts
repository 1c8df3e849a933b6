/** What an exhaustive search takes for the worst that TLBs can hold (fill_tlbs()): all that the tables grant, and no more. */
import { EXEC } from '../models/kernel/spte';
import { check_tlbs, fill_tlbs, walk } from '../models/kernel/tlb';
import type { Kvm, TlbEntry } from '../models/kernel/types';
import { start_session } from '../models/session';
import type { Variant } from '../models/variant';
import { MMUS, SMALL_WORLD } from '../models/world';
import { program_of } from './campaign';

/** Where they hold something else, in so many programs; null if nowhere. */
export function misfilled(variant: Variant, cases: number): string | null {
  for (let i = 0; i < cases; i++) {
    const { step, view } = start_session(variant, SMALL_WORLD);
    for (const command of program_of(i)) {
      step(command);
      if (!view.at_rest) continue;
      const cached = view.kvm.tlb;
      const wrong = wrong_of(view.kvm);
      view.kvm.tlb = cached;
      if (wrong) return `case ${i}, ${command.name}: ${wrong}`;
    }
  }
  return null;
}

function wrong_of(kvm: Kvm): string | null {
  fill_tlbs(kvm);
  const { tlb } = kvm;
  kvm.running.tlb_suspect = true;
  check_tlbs(kvm, 'TLBs were filled');
  const suspect = kvm.running.tlb_suspect;
  kvm.running.tlb_suspect = false;
  if (suspect) return kvm.record.findings.at(-1)?.text ?? 'something is cached that no table grants';
  return not_filled(kvm, tlb);
}

/** Per vCPU, each leaf that a walk can come to; and with the mitigation off, what small executable pages together make. */
function not_filled(kvm: Kvm, tlb: readonly TlbEntry[]): string | null {
  const { fan_out, pages, vcpus } = kvm.world;
  const held = new Set(tlb.map(({ vcpu, mmu, gfn, level, access }) => [vcpu, mmu, gfn, level, access].join()));
  const executable = new Set(
    tlb.filter(({ access }) => access & EXEC).map((one) => [one.mmu, one.gfn, one.level].join()),
  );
  for (const mmu of MMUS) {
    for (let page = 0; page < pages; page++) {
      let small = 0;
      for (let gfn = page * fan_out; gfn < (page + 1) * fan_out; gfn++) {
        const leaf = walk(kvm, mmu, gfn);
        if (!leaf) continue;
        const base = gfn - (gfn % fan_out ** (leaf.level - 1));
        for (let vcpu = 0; vcpu < vcpus; vcpu++) {
          if (!held.has([vcpu, mmu, base, leaf.level, leaf.spte & 7].join()))
            return `gfn ${gfn} (${mmu}) is not cached`;
        }
        if (leaf.level === 1 && leaf.spte & EXEC) small++;
      }
      const huge = small === fan_out && !kvm.params.nx_huge_pages;
      if (executable.has([mmu, page * fan_out, 2].join()) !== huge && small > 0) {
        return `page ${page} (${mmu}) is ${huge ? 'not ' : ''}cached as one executable page`;
      }
    }
  }
  return null;
}
