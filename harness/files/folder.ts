import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';
import { CallError } from '../errors';

/**
 * The default exports of a folder's modules by file name: adding a file is all it takes to add a property or a variant. `named` makes the named thing of an export. Tests are left out.
 */
export function load_folder<T, N>(folder: string, named: (name: string, thing: T) => N): Map<string, N> {
  const things = new Map<string, N>();
  for (const file of readdirSync(folder).sort()) {
    // Sources under ts-jest, compiled files otherwise.
    const { name, ext } = parse(file);
    if (!['.ts', '.js'].includes(ext) || name.endsWith('.test') || name.endsWith('.d')) continue;
    const module: { default?: T } = require(join(folder, file));
    if (module.default === undefined) throw new CallError(`${join(folder, file)} has no default export`);
    things.set(name, named(name, module.default));
  }
  return things;
}

/**
 * The same things in a declared order. Throws an error that names what is declared and not there, and what is there and not
 * declared; `where` says where the order is declared.
 */
export function in_order<T>(order: readonly string[], things: ReadonlyMap<string, T>, where: string): Map<string, T> {
  const undeclared = [...things.keys()].filter((name) => !order.includes(name));
  const missing = order.filter((name) => !things.has(name));
  const twice = order.filter((name, i) => order.indexOf(name) !== i);
  const wrong = [
    ...undeclared.map(
      (name) => `${name} has a file and is not listed: new ones go to the end, a renamed one keeps its place`,
    ),
    ...missing.map((name) => `${name} is listed and has no file`),
    ...twice.map((name) => `${name} is listed twice`),
  ];
  if (wrong.length > 0) throw new CallError(`${where}: ${wrong.join('; ')}`);
  return new Map(order.map((name) => [name, things.get(name) as T]));
}

/**
 * Makes a folder, and those that it is in, if they are not there. Not mkdir's own way: Node's goes on for ever where the kernel
 * makes no folder and says that the one above is missing (/proc).
 */
export function make_folder(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) make_folder(above);
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** A folder of data of the project, found from a source file's folder or from a compiled one's. */
export function data_folder(from: string, ...path: string[]): string {
  let root = from;
  while (!existsSync(join(root, 'package.json'))) root = dirname(root);
  return join(root, ...path);
}
