/**
 * TLBs of vCPUs and their flushes. Models the CPU, and kvm_flush_remote_tlbs() and its like (virt/kvm/kvm_main.c), 5.5
 * to 7.3.
 */
import { MMUS, type Mmu, ROOT_LEVEL } from '../world/world';
import { warn } from './fault';
import { ACC_ALL, EXEC, is_last_spte, is_shadow_present_pte, KVM_PAGES_PER_HPAGE, spte_index } from './spte';
import type { Kvm, kvm_mmu_page, Operation, PassRecord, Sptep, TlbEntry } from './types';

/** The leaf that maps `gfn`, as a CPU's page walk finds it, or null. */
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

/** The largest TLB entry of this vCPU that allows the access; null if there is none. */
export function tlb_lookup(kvm: Kvm, vcpu: number, mmu: Mmu, gfn: number, access: number): TlbEntry | null {
  let hit: TlbEntry | null = null;
  for (const entry of kvm.tlb) {
    if (entry.vcpu !== vcpu || entry.mmu !== mmu || (entry.access & access) !== access) continue;
    if (gfn >= entry.gfn && gfn < entry.gfn + entry.size && entry.level > (hit?.level ?? 0)) hit = entry;
  }
  return hit;
}

/** A CPU caches the translation that it has just used. */
export function tlb_fill(kvm: Kvm, vcpu: number, mmu: Mmu, gfn: number, spte: number, level: number): void {
  const size = KVM_PAGES_PER_HPAGE(kvm.world.fan_out, level);
  const base = gfn - (gfn % size);
  kvm.tlb.push({ vcpu, mmu, gfn: base, size, level, access: spte & ACC_ALL });
}

/**
 * Makes every vCPU cache all that the page tables grant, so that any stale entry is found. While the mitigation is off,
 * a TLB may also hold an executable huge page that small leaves have replaced: that needs no flush.
 */
export function fill_tlbs(kvm: Kvm): void {
  if (kvm.other !== null) fill_tlbs(kvm.other);
  kvm.tlb = [];
  for (const mmu of MMUS) {
    const root = kvm.roots[mmu];
    if (root) fill_from(kvm, mmu, root, ROOT_LEVEL, 0);
  }
}

/** Caches what the leaves of a table, and of all tables below it, grant. */
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

/** A page fault evicts the CPU's cached entries for the address. */
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
 * kvm_flush_remote_tlbs_range(): flushes the entries of all vCPUs for these 4K pages. On x86 without Hyper-V, the
 * kernel flushes everything; the model flushes only the range, so that a wrong range is found.
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

/**
 * Records a flush request. Passes are judged by their own claims. For other operations, a request is correct only after
 * they have zapped something, or where dirty logging begins.
 */
function note_request(kvm: Kvm): void {
  const { pass, zapped, command } = kvm.running;
  kvm.stat.remote_tlb_flush_requests++;
  if (pass) pass.flushes++;
  else if (!zapped && !(command?.name === 'dirty_log' && command.args['on'] === 1)) {
    warn(kvm, 'VAIN', 'TLBs are flushed although nothing was zapped');
  }
}

/** A flush by any operation also flushes what this one had to flush. */
function is_flushed(operation: Operation): void {
  operation.tlb_suspect = false;
  if (operation.pass && operation.pass.unflushed.length > 0) operation.pass.unflushed.splice(0);
}

/** A pass zaps an SPTE, and must flush what it mapped. */
export function note_unflushed(kvm: Kvm, pass: PassRecord, gfn: number, level: number): void {
  const range = { gfn, size: KVM_PAGES_PER_HPAGE(kvm.world.fan_out, level), held: false };
  range.held = kvm.tlb.some((entry) => overlap(entry, range));
  pass.unflushed.push(range);
  pass.zaps++;
}

/**
 * What a pass still has to flush at its end. An implementation may have dropped TLB entries itself: ranges that were
 * cached and no longer are count as flushed.
 */
export function settle_unflushed({ tlb }: Kvm, { unflushed }: PassRecord): void {
  if (unflushed.length === 0) return;
  const owed = unflushed.filter((range) => !range.held || tlb.some((entry) => overlap(entry, range)));
  unflushed.splice(0, Infinity, ...owed);
}

/**
 * FLUSH: at this point no vCPU may hold a translation that the operation has removed from the page tables. If another
 * operation is paused and has not flushed either (a pass of 6.18, with mmu_lock held for read), that one may have
 * removed the translation: then the check is made later.
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
  // The vCPU's root is gone, and everything mapped through it.
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

/** Whether all leaves of a table, and of all tables below it, grant this access. */
export function all_grant(sp: kvm_mmu_page, access: number): boolean {
  return sp.spt.every((spte, index) => {
    const child = sp.child[index];
    if (child && is_shadow_present_pte(spte)) return all_grant(child, access);
    return (spte & access) === access;
  });
}
