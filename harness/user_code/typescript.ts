/** A user's TypeScript file, checked and translated by the compiler, and loaded: it needs no project around it. */
import { Console } from 'node:console';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { compileFunction, Script } from 'node:vm';
import type ts from 'typescript';
import { CallError } from '../errors';
import { read_text } from '../files/read';
import { module_state } from './module_state';
import { type Place, places_in } from './places';
import { note_user_code } from './user_stack';

/** Translated modules by the paths of their sources: plain data, so that it can cross threads. */
export interface Compiled {
  readonly entry: string;
  readonly modules: Readonly<Record<string, string>>;
  /** Variables that are written to while programs run, and outlive them: `file.ts:LINE: NAME` each. */
  readonly state?: readonly string[];
  /** By name, where a member of an object literal is defined. */
  readonly places?: Readonly<Record<string, Place>>;
}

/**
 * Compiles a file and what it imports by relative paths. `packages` says where the types of a package are that needs not
 * be installed. Throws a CallError with what the compiler says.
 */
export function compile(file: string, packages: Readonly<Record<string, string>>): Compiled {
  // Loaded when first needed: it is large.
  const compiler: typeof ts = require('typescript');
  const entry = resolve(file);
  if (!/(?<![.]d)[.]ts$/.test(file)) throw new CallError(`${file} is no TypeScript file: wanted one like my-patch.ts`);
  read_text(file);
  const program = compiler.createProgram([entry], {
    target: compiler.ScriptTarget.ES2022,
    module: compiler.ModuleKind.CommonJS,
    // As node16 resolves, but for what a package.json around the file says of modules: files are always loaded as CommonJS.
    moduleResolution: compiler.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
    strict: true,
    esModuleInterop: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    inlineSourceMap: true,
    paths: Object.fromEntries(Object.entries(packages).map(([name, types]) => [name, [types]])),
  });
  const own = users_files(compiler, program, entry);
  const wrong = [
    ...program.getOptionsDiagnostics(),
    ...own.flatMap((source) => [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]),
  ];
  if (wrong.length > 0) {
    const host = {
      getCanonicalFileName: (name: string) => name,
      getCurrentDirectory: () => process.cwd(),
      getNewLine: () => '\n',
    };
    const [first = '', ...others] = compiler.formatDiagnostics(wrong, host).trimEnd().split('\n');
    throw new CallError(first, others);
  }
  const modules: Record<string, string> = {};
  for (const source of own) program.emit(source, (_, text) => (modules[source.fileName] = text));
  return {
    entry: entry.replaceAll('\\', '/'),
    modules,
    state: module_state(compiler, program, own),
    places: places_in(compiler, own),
  };
}

/** The entry, and what it imports by relative paths. */
function users_files(compiler: typeof ts, program: ts.Program, entry: string): ts.SourceFile[] {
  const files: ts.SourceFile[] = [];
  const add = (file: ts.SourceFile | undefined) => {
    if (!file || files.includes(file)) return;
    files.push(file);
    for (const { fileName } of compiler.preProcessFile(file.text).importedFiles) {
      if (!fileName.startsWith('.')) continue;
      const paths = candidates(resolve(dirname(file.fileName), fileName));
      add(paths.map((path) => program.getSourceFile(path)).find((found) => found));
    }
  };
  add(program.getSourceFile(entry));
  return files;
}

/** What an import may mean; `./helper.js` is what helper.ts becomes. */
const candidates = (path: string): string[] => [
  path,
  `${path}.ts`,
  path.replace(/[.]([cm]?)js$/, '.$1ts'),
  `${path}/index.ts`,
];

/** Loads what was compiled, and returns the exports of its entry. `packages` are the modules given with the call. */
export function load({ entry, modules }: Compiled, packages: Readonly<Record<string, unknown>>): unknown {
  const loaded = new Map<string, { exports: unknown }>();
  const require_from = (from: string, name: string): unknown => {
    if (Object.hasOwn(packages, name)) return packages[name];
    const path = resolve(dirname(from), name).replaceAll('\\', '/');
    const source = candidates(path).find((one) => Object.hasOwn(modules, one));
    return source && name.startsWith('.') ? load_module(source) : createRequire(from)(name);
  };
  const load_module = (path: string): unknown => {
    const known = loaded.get(path);
    if (known) return known.exports;
    const module = { exports: {} as unknown };
    loaded.set(path, module);
    const code = modules[path] ?? '';
    note_user_code(path, code);
    const run = compileFunction(code, ['exports', 'require', 'module', 'console'], { filename: path });
    run(module.exports, (name: string) => require_from(path, name), module, TO_STDERR);
    return module.exports;
  };
  return load_module(entry);
}

/** What a module says goes where it is in nobody's way: results are on stdout. */
const TO_STDERR = new Console(process.stderr);

/** Milliseconds that the user's code may take before a program is run. */
const MODULE_TIMEOUT_MS = 5000;

/** Runs something that may never end. Throws an error if it does not in time. */
export const in_time = <T>(run: () => T): T =>
  new Script('run()').runInNewContext({ run }, { timeout: MODULE_TIMEOUT_MS }) as T;
