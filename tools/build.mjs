// Compiles into dist/, unless dist/ is newer than everything it is made of. Comparing times takes a tenth of a second,
// running the compiler several seconds.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const STAMP = join(root, 'dist', '.built');
const FOLDERS = ['bin', 'harness', 'models', 'properties'];
/** Other files that decide the output: the options, and the compiler and packages as installed. */
const FILES = [
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'node_modules/.package-lock.json',
  'tools/build.mjs',
];

/** The time when the file was last written; 0 if it does not exist. */
const written = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** The time of the last change in the folder: a file written, added or removed. */
function changed(folder) {
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return changed(path);
    return entry.name.endsWith('.ts') ? written(path) : 0;
  });
  return Math.max(written(folder), ...times);
}

/** Removes compiled files whose source is gone. They would still be loaded, because a variant is a file in a folder. */
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
  // The stamp gets the time before the compiler starts, so that a source written meanwhile counts as newer.
  const began = new Date();
  rmSync(STAMP, { force: true });
  for (const name of FOLDERS) forget(name);
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(STAMP, '');
  utimesSync(STAMP, began, began);
}
