import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';

/**
 * The default exports of a folder's modules by file name: adding a file is all it takes to add a command, a property
 * or a variant. `named` makes the named thing of an export. Tests are left out.
 */
export function load_folder<T, N>(folder: string, named: (name: string, thing: T) => N): Map<string, N> {
  const things = new Map<string, N>();
  for (const file of readdirSync(folder).sort()) {
    // Sources under ts-jest, compiled files otherwise.
    const { name, ext } = parse(file);
    if (!['.ts', '.js'].includes(ext) || name.endsWith('.test') || name.endsWith('.d')) continue;
    const module: { default?: T } = require(join(folder, file));
    if (module.default === undefined) throw new Error(`${join(folder, file)} has no default export`);
    things.set(name, named(name, module.default));
  }
  return things;
}

/** The same things in a declared order. Throws an error that names what is declared and not there, or there and not declared. */
export function in_order<T>(order: readonly string[], things: ReadonlyMap<string, T>): Map<string, T> {
  const undeclared = [...things.keys()].filter((name) => !order.includes(name));
  if (undeclared.length > 0) throw new Error(`${undeclared.join(', ')}: in the folder, and not in the declared order`);
  return new Map(
    order.map((name, i) => {
      const thing = things.get(name);
      if (thing === undefined) throw new Error(`${name}: in the declared order, and not in the folder`);
      if (order.indexOf(name) !== i) throw new Error(`${name}: twice in the declared order`);
      return [name, thing];
    }),
  );
}

/** A folder of data of the project, found from a source file's folder or from a compiled one's. */
export function data_folder(from: string, ...path: string[]): string {
  let root = from;
  while (!existsSync(join(root, 'package.json'))) root = dirname(root);
  return join(root, ...path);
}
