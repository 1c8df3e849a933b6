import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * The default exports of a folder's modules by file name: adding a file is all it takes to add a command, a property
 * or a variant. Tests and files that begin with `_` are left out. `name` makes the named thing of an export.
 */
export function load_folder<T, N>(folder: string, name: (name: string, thing: T) => N): Map<string, N> {
  const things = new Map<string, N>();
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts') || file.startsWith('_')) continue;
    const module: { default?: T } = require(join(folder, file));
    if (module.default === undefined) throw new Error(`${join(folder, file)} has no default export`);
    things.set(basename(file, '.ts'), name(basename(file, '.ts'), module.default));
  }
  return things;
}
