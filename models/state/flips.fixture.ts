/** Every field of a machine with another value for it, to test copies, comparisons and fingerprints (flips.test.ts). */

import { KVM } from '../kernel/machine';
import { FAULT, FRAME, HELD, LIST_PASS, PASS } from '../kernel/operation';
import { PAGE } from '../kernel/page';
import type { Kvm, kvm_mmu_page, Operation } from '../kernel/types';
import type { Field, Layout } from '../layout/layout';
import { DIVERGENCE, VIEW, type View } from '../lockstep/view';
import type { Table } from '../spec/reference';
import { MAPPED, REFERENCE, TABLE } from '../spec/state';
import { with_attribute } from '../world/attributes';
import { with_flag } from '../world/flags';
import { TREES } from '../world/world';

type Holder = Record<string, unknown>;
export type Take = (n: number) => number;

/** A field of one record of a machine. */
export interface Spot {
  /** The name in the tables: KVM.worker.alive. */
  readonly name: string;
  readonly field: Field<unknown>;
  /** The keys that lead from the view to the record. */
  readonly path: readonly string[];
  readonly key: string;
}

const at = (view: View, path: readonly string[]): Holder =>
  path.reduce((holder: Holder, key) => holder[key] as Holder, view as unknown as Holder);

const page_name = (sp: kvm_mmu_page | null | undefined): unknown => sp && `page ${sp.id}`;
const is_page = (value: object): value is kvm_mmu_page => 'spt' in value;

/** The content of a field as plain data, with pages shown by their ids. Equal for a machine and its copy. */
function shown(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (is_page(value)) return page_name(value);
  if ('next' in value && 'page' in value) return page_name(value.page as kvm_mmu_page | null) ?? 'a head';
  if (value instanceof Set) return [...value].sort();
  if (value instanceof Uint8Array || value instanceof Float64Array) return [...value];
  if (Array.isArray(value)) return value.map(shown);
  if ('world' in value || 'kvm' in value) return 'a machine';
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, shown(of)]));
}

export const text_of = (view: View, { path, key }: Spot): string => JSON.stringify(shown(at(view, path)[key])) ?? '';

function* in_record(name: string, of: Layout, path: readonly string[], holder: Holder): Generator<Spot> {
  for (const [key, field] of Object.entries(of)) {
    const inner = field.of;
    if (field.kind === 'rows' && inner) {
      const rows = holder[key] as Holder[];
      for (const [i, row] of rows.entries()) yield* in_record(`${name}.${key}`, inner, [...path, key, String(i)], row);
    } else if (inner && holder[key] !== null) {
      yield* in_record(`${name}.${key}`, inner, [...path, key], holder[key] as Holder);
    } else yield { name: `${name}.${key}`, field, path, key };
  }
}

/** Every field of the machine and of its other VM. Of pages and tables, only the fields of up to three. */
export function* spots_of(root: View, take: Take, path: readonly string[] = []): Generator<Spot> {
  const view = at(root, path) as unknown as View;
  const { kvm, ref } = view;
  const some = (from: readonly string[], all: readonly unknown[]) =>
    all.length === 0 ? [] : [0, 1, 2].map(() => [...path, ...from, String(take(all.length))]);
  const record = (name: string, of: Layout, where: readonly string[]) => in_record(name, of, where, at(root, where));
  yield* record('VIEW', VIEW, path);
  yield* record('DIVERGENCE', DIVERGENCE, [...path, 'divergence']);
  yield* record('KVM', KVM, [...path, 'kvm']);
  yield* record('REFERENCE', REFERENCE, [...path, 'ref']);
  for (const where of some(['kvm', 'sps'], kvm.sps)) yield* record('PAGE', PAGE, where);
  for (const where of some(['ref', 'tables'], ref.tables)) yield* record('TABLE', TABLE, where);
  for (const tree of TREES) yield* record('MAPPED', MAPPED, [...path, 'ref', 'views', tree]);
  for (const [i, operation] of kvm.paused.entries())
    yield* of_operation(record, [...path, 'kvm', 'paused', String(i)], operation);
  if (view.other !== null) yield* spots_of(root, take, [...path, 'other']);
}

function* of_operation(
  record: (name: string, of: Layout, where: readonly string[]) => Generator<Spot>,
  where: readonly string[],
  { fault, list, pass }: Operation,
): Generator<Spot> {
  yield* record('HELD', HELD, where);
  yield* record('FRAME', FRAME, where);
  if (fault) yield* record('FAULT', FAULT, [...where, 'fault']);
  if (list) yield* record('LIST_PASS', LIST_PASS, [...where, 'list']);
  if (pass) yield* record('PASS', PASS, [...where, 'pass']);
}

/** Undoes a change. Null if there is no other value. */
type Undo = (() => void) | null;

function put(holder: Holder, key: string, value: unknown): Undo {
  const was = holder[key];
  holder[key] = value;
  return () => {
    holder[key] = was;
  };
}

/** Adds an element to the array. */
const longer = (holder: Holder, key: string, by: unknown): Undo => {
  const array = holder[key] as unknown[];
  if (!by) return null;
  array.push(by);
  return () => {
    array.pop();
  };
};
function shorter(holder: Holder, key: string): Undo {
  const array = holder[key] as unknown[];
  if (array.length === 0) return null;
  const last = array.pop();
  return () => {
    array.push(last);
  };
}
const more_or_less = (holder: Holder, key: string, by: unknown): Undo =>
  shorter(holder, key) ?? longer(holder, key, by);

type Flip = (holder: Holder, view: View, take: Take) => Undo;

/** Another place that exists, `step` further on. */
function elsewhere(holder: Holder, { kvm }: View, key: string, step: number): Undo {
  const all = kvm.root_entries * kvm.world.fan_out ** (step > kvm.world.fan_out ? 2 : 1);
  const to = ((holder[key] as number) + step) % all;
  return to === holder[key] ? null : put(holder, key, to);
}

function without_other(view: View): Undo {
  const { other, kvm, ref } = view;
  if (other === null) return null;
  const [of_kvm, of_ref] = [kvm.other, ref.other];
  [view.other, kvm.other, ref.other] = [null, null, null];
  return () => {
    [view.other, kvm.other, ref.other] = [other, of_kvm, of_ref];
  };
}

function flag_of(holder: Holder, key: string, take: Take): Undo {
  const flags = holder[key] as Uint8Array;
  const i = take(flags.length);
  flags[i] = 1 - (flags[i] as number);
  return () => {
    flags[i] = 1 - (flags[i] as number);
  };
}

function flip_entry(holder: Holder, key: string, to: (was: unknown) => unknown, take: Take): Undo {
  const array = holder[key] as unknown[];
  const i = take(array.length);
  const was = array[i];
  if (to(was) === was) return null;
  array[i] = to(was);
  return () => {
    array[i] = was;
  };
}
const TLB = { vcpu: 0, mmu: 'tdp', gfn: 1, size: 1, level: 1, access: 1 };
const without_or_with = (gfn: number, gfns: unknown): readonly number[] =>
  with_attribute(gfns as readonly number[], gfn, !(gfns as readonly number[]).includes(gfn));
const nothing_there = (value: unknown): boolean => value === null;

/** Other values for structures of links, by full name or by the end of the name. */
const FLIPS: Readonly<Record<string, Flip>> = {
  // The fingerprint would still find a page through its list, so a page that may be on a list is not removed.
  'KVM.sps': (holder, { kvm }) => (kvm.sps.at(-1)?.nx_huge_page_disallowed ? null : shorter(holder, 'sps')),
  'KVM.tlb': (holder) => more_or_less(holder, 'tlb', TLB),
  'KVM.paused': (holder) => shorter(holder, 'paused') ?? longer(holder, 'paused', { ...(holder['running'] as object) }),
  'KVM.waiting': (holder) => longer(holder, 'waiting', holder['running']),
  'KVM.rcu_frees': (holder) => longer(holder, 'rcu_frees', (holder as unknown as Kvm).sps[0]),
  'KVM.mmu_valid_gen': (holder) => put(holder, 'mmu_valid_gen', 1 - (holder['mmu_valid_gen'] as number)),
  'KVM.mem_attr_array': (holder) => put(holder, 'mem_attr_array', without_or_with(0, holder['mem_attr_array'])),
  'REFERENCE.are_private': (holder) => put(holder, 'are_private', without_or_with(0, holder['are_private'])),
  'KVM.other': (_, view) => without_other(view),
  'REFERENCE.other': (_, view) => without_other(view),
  'VIEW.other': (_, view) => without_other(view),
  'REFERENCE.tables': (holder) => shorter(holder, 'tables'),
  'REFERENCE.flags': (holder, _, take) => flag_of((holder['views'] as Holder)['tdp'] as Holder, 'huge2m', take),
  'DIVERGENCE.places': (holder) => {
    const places = holder['places'] as Set<number>;
    const had = places.delete(0);
    if (!had) places.add(0);
    return () => {
      if (had) places.add(0);
      else places.delete(0);
    };
  },
  'MAPPED.links': (holder, _, take) => flag_of(holder, 'links', take),
  'MAPPED.huge1g': (holder, _, take) => flag_of(holder, 'huge1g', take),
  'MAPPED.huge2m': (holder, _, take) => flag_of(holder, 'huge2m', take),
  'MAPPED.table1': (holder, { ref }, take) =>
    flip_entry(holder, 'table1', (was) => (was === null ? (ref.tables[0] ?? null) : null), take),
  'MAPPED.table2': (holder, { ref }, take) =>
    flip_entry(holder, 'table2', (was) => (was === null ? (ref.tables[0] ?? null) : null), take),
  'TABLE.region': (holder, view) => elsewhere(holder, view, 'region', view.kvm.world.fan_out),
  'TABLE.level': (holder, { kvm }) =>
    (holder['region'] as number) % kvm.world.fan_out === 0
      ? put(holder, 'level', 3 - (holder['level'] as number))
      : null,
  'TABLE.guarded': (holder) => {
    const { small, guarded } = holder as unknown as Table;
    const i = small.indexOf(true);
    return i < 0 ? null : put(holder, 'guarded', with_flag(guarded, i, !guarded[i]));
  },
  'PAGE.id': (holder) => put(holder, 'id', (holder['id'] as number) + 1000),
  'PAGE.age': (holder) => put(holder, 'age', (holder['age'] as number) + 1000),
  'PAGE.gfn': (holder, view) =>
    holder['is_root'] ? null : elsewhere(holder, view, 'gfn', view.kvm.world.fan_out ** 2),
  'PAGE.mmu_valid_gen': (holder) => put(holder, 'mmu_valid_gen', 1 - (holder['mmu_valid_gen'] as number)),
  'PAGE.spt': (holder, _, take) => flip_entry(holder, 'spt', (was) => (was as number) ^ 2, take),
  'PAGE.child': (holder, { kvm }, take) => flip_entry(holder, 'child', (was) => (was ? null : kvm.sps[0]), take),
  'PAGE.parent_ptes': (holder, { kvm }) => more_or_less(holder, 'parent_ptes', { sp: kvm.sps[0], index: 0 }),
  '.next': (holder) => put(holder, 'next', nothing_there(holder['next']) ? holder : null),
  '.prev': (holder) => put(holder, 'prev', nothing_there(holder['prev']) ? holder : null),
  '.stat.pages': (holder, _, take) => flip_entry(holder, 'pages', (was) => (was as number) + 1, take),
  'KVM.roots.tdp': (holder) => (holder['tdp'] ? put(holder, 'tdp', null) : null),
  'KVM.roots.smm': (holder) => (holder['smm'] ? put(holder, 'smm', null) : null),
  'KVM.roots.shadow': (holder) => (holder['shadow'] ? put(holder, 'shadow', null) : null),
  'KVM.roots.shadow2': (holder) => (holder['shadow2'] ? put(holder, 'shadow2', null) : null),
  'FRAME.vcpu': (holder) => (holder['thread'] === 'vcpu' ? put(holder, 'vcpu', 1 - (holder['vcpu'] as number)) : null),
  'FRAME.command': (holder) =>
    holder['thread'] === 'vcpu' ? null : put(holder, 'command', { name: 'recover', args: { ratio: 77 } }),
  'FRAME.task': (holder) => put(holder, 'task', null),
  'FRAME.sp': (holder, { kvm }) => put(holder, 'sp', holder['sp'] ? null : kvm.sps[0]),
  'FRAME.faults': (holder) => (holder['fault'] ? put(holder, 'faults', (holder['faults'] as number) + 1) : null),
  'FRAME.level': (holder) => (holder['fault'] ? put(holder, 'level', (holder['level'] as number) ^ 1) : null),
  'FRAME.fault': (holder) => (holder['fault'] ? put(holder, 'fault', null) : null),
  'FRAME.list': (holder) => (holder['list'] ? put(holder, 'list', null) : null),
  'FRAME.pass': (holder) => (holder['pass'] ? put(holder, 'pass', null) : null),
  'FRAME.invalid_list': (holder, { kvm }) => longer(holder, 'invalid_list', kvm.sps[0]),
  'FRAME.mmu_invalidate_range_end': (holder) =>
    (holder['mmu_invalidate_range_end'] as number) > 0 ? put(holder, 'mmu_invalidate_range_end', 0) : null,
  'FRAME.older_than': (holder, { kvm }) =>
    kvm.sps.length > 0 ? put(holder, 'older_than', holder['older_than'] ? 0 : kvm.next_id) : null,
  'FAULT.gfn': (holder, view) => elsewhere(holder, view, 'gfn', 1),
  'FAULT.slot': (holder, { kvm }) =>
    put(
      holder,
      'slot',
      kvm.memslots.find((one) => one !== holder['slot']),
    ),
  'LIST_PASS.taken': (holder) => more_or_less(holder, 'taken', {}),
  'PASS.lists': (holder) => more_or_less(holder, 'lists', {}),
};

function other_value({ kind, among, bits }: Field<unknown>, was: unknown, take: Take): unknown {
  if (among) return among[(among.indexOf(was) + 1) % among.length];
  if (kind === 'flags') {
    const flags = was as readonly boolean[];
    const i = take(flags.length);
    return flags.length === 0 ? was : with_flag(flags, i, !flags[i]);
  }
  if (typeof was === 'boolean') return !was;
  if (typeof was === 'bigint') return was + 1n;
  if (typeof was === 'number') return bits ? was ^ 1 : Number.isFinite(was) ? was + 1 : 123;
  if (Array.isArray(was)) return [...was, {}];
  return was === null ? 0 : null;
}

/** Gives the field another value. Returns a function that undoes it, or null if there is no other value. */
export function flip(view: View, { name, field, path, key }: Spot, take: Take): Undo {
  const holder = at(view, path);
  const of_a_role = path.at(-1) === 'role';
  const owner = path[0] === 'other' && view.other ? view.other : view;
  const by_name = Object.entries(FLIPS).find(([end]) => (end.startsWith('.') ? name.endsWith(end) : name === end));
  if (by_name) return by_name[1](holder, owner, take);
  const to = other_value(field, holder[key], take);
  if (to === holder[key]) return null;
  // Roles are replaced, never changed.
  if (of_a_role) return put(at(view, path.slice(0, -1)), 'role', { ...holder, [key]: to });
  return put(holder, key, to);
}
