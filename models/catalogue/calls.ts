/** Counts how often the entries of a table of functions are asked. */
import { with_accounting } from '../kernel/accounting';
import type { KernelOps } from '../kernel/ops';

/** How often an entry was asked so far. */
export interface Calls {
  readonly how: 'called' | 'read';
  times: number;
}

/** The same table, and the counts of these entries of it. Bookings are recorded already: a copy of it would count no reads. */
export function with_calls(
  ops: KernelOps,
  names: readonly string[],
): { readonly ops: KernelOps; readonly calls: ReadonlyMap<string, Calls> } {
  const entries = new Map<string, unknown>(Object.entries(ops));
  const calls = new Map(
    names.map((name): [string, Calls] => {
      return [name, { how: typeof entries.get(name) === 'function' ? 'called' : 'read', times: 0 }];
    }),
  );
  const functions: Record<string, unknown> = {};
  for (const [name, count] of calls) {
    const entry = entries.get(name);
    if (typeof entry === 'function') functions[name] = counted(entry, count);
  }
  const recorded = with_accounting({ ...ops, ...functions });
  for (const [name, count] of calls) {
    if (count.how === 'called') continue;
    const value = entries.get(name);
    const get = () => {
      count.times++;
      return value;
    };
    Object.defineProperty(recorded, name, { get, enumerable: true, configurable: true });
  }
  return { ops: recorded, calls };
}

const counted = (entry: Parameters<typeof Reflect.apply>[0], count: Calls) =>
  function (this: unknown, ...args: readonly unknown[]): unknown {
    count.times++;
    return Reflect.apply(entry, this, args);
  };
