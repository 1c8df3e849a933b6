// Compiles into dist/, unless everything in there is newer than all that it is made of: looking costs a tenth of a
// second, asking the compiler several.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const STAMP = join(root, 'dist', '.built');
const FOLDERS = ['bin', 'harness', 'models', 'properties'];
/** What else decides what comes out: the options, and the compiler and packages as they are installed. */
const FILES = [
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'node_modules/.package-lock.json',
  'tools/build.mjs',
];

/** When the file was last written; 0 if it is not there. */
const written = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** When anything in the folder was last written, added or taken away. */
function changed(folder) {
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return changed(path);
    return entry.name.endsWith('.ts') ? written(path) : 0;
  });
  return Math.max(written(folder), ...times);
}

/** What was compiled from a source that is gone would still be loaded: a variant is a file in a folder. */
function forget(folder) {
  const compiled = join(root, 'dist', folder);
  if (!existsSync(compiled)) return;
  for (const entry of readdirSync(compiled, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const source = join(root, entry.isDirectory() ? path : path.replace(/(\.d\.ts|\.js)$/, '.ts'));
    if (!existsSync(source)) rmSync(join(compiled, entry.name), { recursive: true });
    else if (entry.isDirectory()) forget(path);
  }
}

const sources = [
  ...FOLDERS.map((name) => changed(join(root, name))),
  ...FILES.map((name) => written(join(root, name))),
];
if (written(STAMP) <= Math.max(...sources)) {
  // Whatever is written while the compiler runs is newer than what it has read.
  const began = new Date();
  rmSync(STAMP, { force: true });
  for (const name of FOLDERS) forget(name);
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(STAMP, '');
  utimesSync(STAMP, began, began);
}
