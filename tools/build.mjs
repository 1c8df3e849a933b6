// Compiles into dist/, unless everything in there is newer than all that it is made of: looking costs a tenth of a
// second, asking the compiler several. Others may build, or run what is there, meanwhile: the compiler writes into a folder of
// its own, and whole files are moved from there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const DIST = join(root, 'dist');
const STAMP = join(DIST, '.built');
/** What the program reads of its build, and the stamp. */
const NOTES = ['built.json', '.built'];
/** Where this process compiles: of what is found there, the number says whose it is. */
const OWN = join(root, `dist.${process.pid}.tmp`);
const FOLDERS = ['bin', 'harness', 'models', 'properties'];
/** Other files that decide the output: the options, and the compiler and packages as installed. */
const FILES = [
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'node_modules/.package-lock.json',
  'tools/build.mjs',
  'tools/bundle.mjs',
];
/** The page that reports and the playground are made of: its source, and what is made of it. */
const PAGE = 'bin/view/main.tsx';
const SOURCE = /[.](tsx?|css)$/;

/** The time when the file was last written; 0 if it does not exist. */
const written = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** The time of the last change in the folder: a file written, added or removed. */
function changed(folder) {
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return changed(path);
    return SOURCE.test(entry.name) ? written(path) : 0;
  });
  return Math.max(written(folder), ...times);
}

/** The files that the program is compiled from, by folder. */
function sources_in(folder) {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const files = entries.filter(({ name }) => /[.]ts$/.test(name) && !/[.](test|fixture)[.]ts$/.test(name));
  const folders = entries.filter((entry) => entry.isDirectory() && join(folder, entry.name) !== 'bin/tests');
  return [
    [folder, files.map(({ name }) => name).sort()],
    ...folders.flatMap(({ name }) => sources_in(join(folder, name))),
  ];
}

const checksum = (path) => createHash('sha1').update(readFileSync(path)).digest('base64');

/** What bin/process/whole.ts compares with what it finds. */
function note_what_is_built(began) {
  const files = files_in(OWN).filter((file) => /[.]js$/.test(file));
  const noted = {
    began: began.getTime(),
    files: Object.fromEntries(files.sort().map((file) => [file, checksum(join(OWN, file))])),
    sources: Object.fromEntries(FOLDERS.flatMap(sources_in)),
  };
  writeFileSync(join(OWN, 'built.json'), JSON.stringify(noted));
}

/** Removes compiled files whose source is gone. They would still be loaded, because a variant is a file in a folder. */
function forget(folder) {
  const compiled = join(OWN, folder);
  if (!existsSync(compiled)) return;
  for (const entry of readdirSync(compiled, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const source = join(root, entry.isDirectory() ? path : path.replace(/(\.d\.ts|\.js)$/, '.ts'));
    if (!existsSync(source)) rmSync(join(compiled, entry.name), { recursive: true });
    else if (entry.isDirectory()) forget(path);
  }
}

const is_alive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** What builds that were killed have left. */
function remove_left_over() {
  for (const name of readdirSync(root)) {
    const [, pid] = /^dist\.(\d+)\.tmp$/.exec(name) ?? [];
    if (pid !== undefined && (Number(pid) === process.pid || !is_alive(Number(pid)))) {
      rmSync(join(root, name), { recursive: true, force: true });
    }
  }
}

const files_in = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
    : [];

const same = (one, other) => existsSync(other) && readFileSync(one).equals(readFileSync(other));

/** Moves what is compiled to where it is run: all at once where there is nothing yet, else file by file, the stamp last. */
function put_in_place() {
  if (!existsSync(DIST)) {
    try {
      renameSync(OWN, DIST);
      return;
    } catch (error) {
      // Another was faster: what it has built is as good.
      if (!['ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
    }
  }
  const made = files_in(OWN).filter((file) => !NOTES.includes(file));
  for (const file of files_in(DIST)) if (![...made, ...NOTES].includes(file)) rmSync(join(DIST, file), { force: true });
  for (const file of made) {
    if (same(join(OWN, file), join(DIST, file))) continue;
    mkdirSync(dirname(join(DIST, file)), { recursive: true });
    renameSync(join(OWN, file), join(DIST, file));
  }
  for (const note of NOTES) renameSync(join(OWN, note), join(DIST, note));
}

const newest_source = () =>
  Math.max(...FOLDERS.map((name) => changed(join(root, name))), ...FILES.map((name) => written(join(root, name))));

/** When the build began that made all that is there; 0 where something is missing, torn, or of another build. */
function built_at() {
  try {
    const { began, files } = JSON.parse(readFileSync(join(DIST, 'built.json'), 'utf8'));
    const is_whole = Object.entries(files).every(([file, noted]) => checksum(join(DIST, file)) === noted);
    // Files of a checkout that was copied are newer than what the build has noted.
    return is_whole ? Math.min(began, written(STAMP)) : 0;
  } catch {
    return 0;
  }
}

/** Nothing is to be done. What the program refuses to run is not built. */
const is_built = () => built_at() > newest_source();

/** What is there, or nothing, where another build is changing it or has left it torn. */
function copy_of_dist() {
  try {
    if (built_at() > 0) cpSync(DIST, OWN, { recursive: true });
  } catch {
    rmSync(OWN, { recursive: true, force: true });
  }
  if (!existsSync(OWN)) mkdirSync(OWN);
}

async function build() {
  remove_left_over();
  // Whatever is written while the compiler runs is newer than what it has read.
  const began = new Date();
  // What the compiler has made before spares it most of the work.
  copy_of_dist();
  rmSync(join(OWN, '.built'), { force: true });
  for (const name of FOLDERS) forget(name);
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const options = ['-p', 'tsconfig.build.json', '--outDir', OWN, '--tsBuildInfoFile', join(OWN, '.tsbuildinfo')];
  const { status } = spawnSync(process.execPath, [tsc, ...options], { cwd: root, stdio: 'inherit' });
  if (status !== 0) return WRONG;
  if (existsSync(join(root, PAGE))) await make_page();
  note_what_is_built(began);
  writeFileSync(join(OWN, '.built'), '');
  utimesSync(join(OWN, '.built'), began, began);
  if (!is_built()) put_in_place();
  return 0;
}

async function make_page() {
  const { bundle } = await import('./bundle.mjs');
  const { script, style } = await bundle(root);
  mkdirSync(join(OWN, 'page'), { recursive: true });
  writeFileSync(join(OWN, 'page', 'page.js'), script);
  writeFileSync(join(OWN, 'page', 'page.css'), style);
}

/** A file is wrong: what `npm start` says of it, too. 1 would be a verdict. */
const WRONG = 2;

if (!is_built()) {
  try {
    process.exitCode = await build();
  } catch (error) {
    process.stderr.write(`cannot build dist/, which is older than its sources: ${error.message}\n`);
    process.exitCode = WRONG;
  } finally {
    rmSync(OWN, { recursive: true, force: true });
  }
}
