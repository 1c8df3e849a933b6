/**
 * Ends the process in one line where what is loaded is not what one build has made: a file that is torn, or is of another
 * build, or is older than its source. Node has read each file when it comes by here, so this costs a checksum each. What
 * somebody else's build replaces while threads of a run start is not seen.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join } from 'node:path';
import { env, now } from './machine';

/** As for any file that is wrong. */
const WRONG = 2;
const DIST = join(__dirname, '..', '..');
const CHECKOUT = dirname(DIST);

/** What the build has noted. */
interface Built {
  /** By compiled file, its checksum. */
  readonly files: Readonly<Record<string, string>>;
  /** By folder of a checkout, the names of the sources in it. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  /** Milliseconds since 1970. */
  readonly began: number;
}

function refuse(what: string): never {
  process.stderr.write(`${what}; right: npm run build\n`);
  process.exit(WRONG);
}

function read_built(): Built {
  try {
    return JSON.parse(readFileSync(join(DIST, 'built.json'), 'utf8'));
  } catch (error) {
    return refuse(`${DIST} is not whole: built.json, which the build writes: ${(error as Error).message}`);
  }
}

/** The checksum that the build notes (tools/build.mjs). */
const checksum = (text: string): string => createHash('sha1').update(text).digest('base64');

function check_loaded({ files }: Built): void {
  const check = (file: string, text: string) => {
    if (!file.startsWith(DIST)) return;
    const name = file.slice(DIST.length + 1);
    if (files[name] === checksum(text)) return;
    refuse(`${DIST} is not whole: ${JSON.stringify(name)} is torn, or of another build`);
  };
  // What was loaded before this.
  for (const file of Object.keys(require.cache)) if (file.startsWith(DIST)) check(file, readFileSync(file, 'utf8'));
  const prototype = Module.prototype as unknown as {
    _compile(text: string, file: string, ...rest: unknown[]): unknown;
  };
  const compile = prototype._compile;
  prototype._compile = function (text, file, ...rest) {
    check(file, text);
    return compile.call(this, text, file, ...rest);
  };
}

const written = (path: string): number =>
  statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
const is_source = (name: string): boolean => /[.]ts$/.test(name) && !/[.](test|fixture)[.]ts$/.test(name);

/** A source of this folder that the build has not compiled as it is, if it was changed before that time. */
function newer_in(folder: string, names: readonly string[], began: number, until: number): string | undefined {
  const path = join(CHECKOUT, folder);
  const newer = names.find((name) => {
    const time = written(`${path}/${name}`);
    return time >= began && time < until;
  });
  return newer && `${folder}/${newer}`;
}

/**
 * What comes, goes or is replaced changes its folder, and there are few folders: that is seen at the start. What is written
 * in place takes a look at each file, so that is left for the end. A package has no sources, `npm start` has just built, and
 * an inner process is looked after by the outer one.
 */
function check_sources({ sources, began }: Built): void {
  if (env['npm_lifecycle_event'] === 'start' || process.send !== undefined) return;
  if (!existsSync(join(CHECKOUT, 'tools', 'build.mjs'))) return;
  // Who writes while a run goes on has not changed what was run.
  const started = now();
  for (const [folder, names] of Object.entries(sources)) {
    const path = join(CHECKOUT, folder);
    if (written(path) < began) continue;
    const there = existsSync(path) ? readdirSync(path).filter(is_source) : [];
    const other = there.find((name) => !names.includes(name)) ?? names.find((name) => !there.includes(name));
    const newer = other === undefined ? newer_in(folder, names, began, started) : `${folder}/${other}`;
    if (newer !== undefined) refuse(`${DIST} is older than ${newer}`);
  }
  process.on('exit', () => {
    for (const [folder, names] of Object.entries(sources)) {
      const newer = newer_in(folder, names, began, started);
      if (newer === undefined) continue;
      process.stderr.write(`${DIST} is older than ${newer}, and so is what was run; right: npm run build\n`);
      if (process.exitCode === 0 || process.exitCode === undefined) process.exitCode = WRONG;
      return;
    }
  });
}

const built = read_built();
check_sources(built);
check_loaded(built);
