import { MMUS, type Mmu, ROOT_LEVEL } from '../world/world';
import { warn } from './fault';
import { ACC_ALL, EXEC, is_last_spte, is_shadow_present_pte, KVM_PAGES_PER_HPAGE, spte_index } from './spte';
import type { Kvm, kvm_mmu_page, Operation, PassRecord, Sptep, TlbEntry } from './types';

/** The leaf that maps `gfn`, if any: what a CPU's page walk finds. */
export function walk(kvm: Kvm, mmu: Mmu, gfn: number): (Sptep & { spte: number; level: number }) | null {
  let sp: kvm_mmu_page | null = kvm.roots[mmu];
  for (let level = ROOT_LEVEL; sp !== null; level--) {
    const index = spte_index(kvm.world.fan_out, gfn, level);
    const spte: number = sp.spt[index] ?? 0;
    if (!is_shadow_present_pte(spte)) return null;
    if (is_last_spte(spte, level)) return { sp, index, spte, level };
    sp = sp.child[index] ?? null;
  }
  return null;
}

/** The TLB entry of this vCPU that allows the access, the largest if there are several; null if none does. */
export function tlb_lookup(kvm: Kvm, vcpu: number, mmu: Mmu, gfn: number, access: number): TlbEntry | null {
  let hit: TlbEntry | null = null;
  for (const entry of kvm.tlb) {
    if (entry.vcpu !== vcpu || entry.mmu !== mmu || (entry.access & access) !== access) continue;
    if (gfn >= entry.gfn && gfn < entry.gfn + entry.size && entry.level > (hit?.level ?? 0)) hit = entry;
  }
  return hit;
}

/** A CPU caches the translation it has just used. */
export function tlb_fill(kvm: Kvm, vcpu: number, mmu: Mmu, gfn: number, spte: number, level: number): void {
  const size = KVM_PAGES_PER_HPAGE(kvm.world.fan_out, level);
  const base = gfn - (gfn % size);
  kvm.tlb.push({ vcpu, mmu, gfn: base, size, level, access: spte & ACC_ALL });
}

/**
 * Every vCPU caches all that the page tables grant, so that whatever goes stale is seen. While the mitigation is
 * off a TLB may also hold an executable huge page that small leaves have replaced since: no flush is owed for that.
 */
export function fill_tlbs(kvm: Kvm): void {
  if (kvm.other !== null) fill_tlbs(kvm.other);
  kvm.tlb = [];
  for (const mmu of MMUS) {
    const root = kvm.roots[mmu];
    if (root) fill_from(kvm, mmu, root, ROOT_LEVEL, 0);
  }
}

/** What all of a table's leaves, and those of all tables below, grant. */
function fill_from(kvm: Kvm, mmu: Mmu, sp: kvm_mmu_page, level: number, gfn: number): number {
  const { fan_out, vcpus } = kvm.world;
  let common = ACC_ALL;
  for (let index = 0; index < sp.spt.length; index++) {
    const spte = sp.spt[index] as number;
    const child = sp.child[index];
    const start = gfn + index * KVM_PAGES_PER_HPAGE(fan_out, level);
    if (!is_shadow_present_pte(spte)) common = 0;
    else if (is_last_spte(spte, level)) {
      common &= spte;
      for (let vcpu = 0; vcpu < vcpus; vcpu++) tlb_fill(kvm, vcpu, mmu, start, spte, level);
    } else common &= child ? fill_from(kvm, mmu, child, level - 1, start) : 0;
  }
  if (level < ROOT_LEVEL && common & EXEC && !kvm.params.nx_huge_pages) {
    for (let vcpu = 0; vcpu < vcpus; vcpu++) tlb_fill(kvm, vcpu, mmu, gfn, common, level + 1);
  }
  return common;
}

/** A page fault evicts whatever that CPU had cached for the address. */
export function tlb_evict(kvm: Kvm, vcpu: number, mmu: Mmu, gfn: number): void {
  kvm.tlb = kvm.tlb.filter((entry) => {
    return entry.vcpu !== vcpu || entry.mmu !== mmu || gfn < entry.gfn || gfn >= entry.gfn + entry.size;
  });
}

/** kvm_flush_remote_tlbs(): one request, all vCPUs. */
export function kvm_flush_remote_tlbs(kvm: Kvm): void {
  note_request(kvm);
  kvm.running.zapped = false;
  if (kvm.tlb.length > 0) kvm.tlb = [];
  is_flushed(kvm.running);
  for (const operation of kvm.paused) is_flushed(operation);
}

/**
 * kvm_flush_remote_tlbs_range(): what any vCPU has cached of these 4K pages. On real x86 without Hyper-V it flushes all; here
 * only what it is asked for, so that a wrong range is seen.
 */
export function kvm_flush_remote_tlbs_range(kvm: Kvm, gfn: number, nr_pages: number): void {
  note_request(kvm);
  const range = { gfn, size: nr_pages };
  kvm.tlb = kvm.tlb.filter((entry) => !overlap(entry, range));
  for (const { pass } of [kvm.running, ...kvm.paused]) {
    pass?.unflushed.splice(0, Infinity, ...pass.unflushed.filter((zapped) => !contains(range, zapped)));
  }
}

interface Range {
  readonly gfn: number;
  readonly size: number;
}
const overlap = (one: Range, other: Range): boolean =>
  one.gfn < other.gfn + other.size && other.gfn < one.gfn + one.size;
const contains = (whole: Range, part: Range): boolean =>
  whole.gfn <= part.gfn && part.gfn + part.size <= whole.gfn + whole.size;

/** A flush is asked for: by passes as their claims say, by others only after they have zapped, or where logging begins. */
function note_request(kvm: Kvm): void {
  const { pass, zapped, command } = kvm.running;
  kvm.stat.remote_tlb_flush_requests++;
  if (pass) pass.flushes++;
  else if (!zapped && !(command?.name === 'dirty_log' && command.args['on'] === 1)) {
    warn(kvm, 'VAIN', 'TLBs are flushed, and nothing was zapped before that');
  }
}

/** Whoever flushes, flushes for all. */
function is_flushed(operation: Operation): void {
  operation.tlb_suspect = false;
  if (operation.pass && operation.pass.unflushed.length > 0) operation.pass.unflushed.splice(0);
}

/** A pass zaps an SPTE, and owes a flush of what it mapped. */
export function note_unflushed(kvm: Kvm, pass: PassRecord, gfn: number, level: number): void {
  const range = { gfn, size: KVM_PAGES_PER_HPAGE(kvm.world.fan_out, level), held: false };
  range.held = kvm.tlb.some((entry) => overlap(entry, range));
  pass.unflushed.push(range);
  pass.zaps++;
}

/** What a pass owes at its end. An implementation may have dropped entries by itself: then what was held is held no more. */
export function settle_unflushed({ tlb }: Kvm, { unflushed }: PassRecord): void {
  if (unflushed.length === 0) return;
  const owed = unflushed.filter((range) => !range.held || tlb.some((entry) => overlap(entry, range)));
  unflushed.splice(0, Infinity, ...owed);
}

/**
 * FLUSH: at this point no vCPU may still hold a translation that the operation has taken from the page tables. Another one that
 * is paused and owes a flush itself (a pass of 6.18, with mmu_lock held for read) may have taken it: then it is seen later.
 */
export function check_tlbs(kvm: Kvm, when: string): void {
  const { running } = kvm;
  if (!running.tlb_suspect || kvm.paused.some(({ tlb_suspect }) => tlb_suspect)) return;
  running.tlb_suspect = false;
  for (const entry of kvm.tlb) {
    if (granted(kvm, entry)) continue;
    const where = `the ${['', '4K', '2M', '1G'][entry.level]} page at gfn ${entry.gfn}`;
    warn(kvm, 'FLUSH', `vCPU ${entry.vcpu} can still reach ${where} (${entry.mmu}), zapped but unflushed when ${when}`);
    running.tlb_suspect = true;
    return;
  }
}

function granted(kvm: Kvm, entry: TlbEntry): boolean {
  let sp = kvm.roots[entry.mmu];
  // Its root is gone, and with it all that was mapped.
  if (sp === null) return false;
  for (let level = ROOT_LEVEL; sp !== null; level--) {
    if (level < entry.level) return all_grant(sp, entry.access);
    const index = spte_index(kvm.world.fan_out, entry.gfn, level);
    const spte = sp.spt[index] ?? 0;
    if (is_last_spte(spte, level) || !is_shadow_present_pte(spte)) return (spte & entry.access) === entry.access;
    sp = sp.child[index] ?? null;
  }
  return true;
}

function all_grant(sp: kvm_mmu_page, access: number): boolean {
  return sp.spt.every((spte, index) => {
    const child = sp.child[index];
    if (child && is_shadow_present_pte(spte)) return all_grant(child, access);
    return (spte & access) === access;
  });
}
