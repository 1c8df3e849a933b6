// Bundles the page of reports and of the playground (bin/view/), the models included, into two texts: a script and a style.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** What load_folder() finds by looking into folders must be imported by name: a page has no folders. */
const FOLDERS = ['models/commands', 'models/variants', 'properties/always', 'properties/live', 'properties/sometimes'];

/** harness/files/folder.ts for a page: the same functions over modules that are in the bundle. */
function folders_as_modules(root) {
  const imports = [];
  const folders = FOLDERS.map((folder) => {
    const names = readdirSync(join(root, folder))
      .filter((name) => /[.]ts$/.test(name) && !/[.](test|fixture|d)[.]ts$/.test(name))
      .sort()
      .map((name) => basename(name, '.ts'));
    const modules = names.map((name) => {
      const variable = `m${imports.length}`;
      imports.push(`import ${variable} from ${JSON.stringify(join(root, folder, `${name}.ts`))};`);
      return `[${JSON.stringify(name)}, ${variable}]`;
    });
    return `${JSON.stringify(basename(folder))}: [${modules.join(', ')}]`;
  });
  return `${imports.join('\n')}
const FOLDERS = {${folders.join(',\n')}};
export const load_folder = (folder, named) =>
  new Map(FOLDERS[folder.split('/').pop()].map(([name, thing]) => [name, named(name, thing)]));
export const in_order = (order, things) => new Map(order.map((name) => [name, things.get(name)]));
`;
}

/** What is asked of Node where nothing of it is needed: paths of sources, which no page has. */
const NODE = `
export const join = (...parts) => parts.join('/');
export const basename = (path) => path;
export class SourceMap {}
`;

const for_a_page = (root) => ({
  name: 'for-a-page',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /harness[\\/]files[\\/]folder[.]ts$/ }, () => ({
      contents: folders_as_modules(root),
      loader: 'js',
      resolveDir: root,
    }));
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'node' }));
    onLoad({ filter: /.*/, namespace: 'node' }, () => ({ contents: NODE, loader: 'js' }));
  },
});

/** The script and the style. Throws if a source is wrong; esbuild has printed why. */
export async function bundle(root) {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'bin/view/main.tsx')],
    bundle: true,
    minify: true,
    // Names of functions and classes stay: errors are told by them.
    keepNames: false,
    write: false,
    format: 'iife',
    target: 'es2022',
    charset: 'ascii',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { __dirname: '""' },
    nodePaths: [join(root, 'node_modules')],
    plugins: [for_a_page(root)],
    tsconfigRaw: {},
    logLevel: 'error',
  });
  return { script: outputFiles[0].text, style: readFileSync(join(root, 'bin/view/style.css'), 'utf8') };
}
