/**
 * What Stryker loads: a test runner for this project's programs. Sources are translated on the way, each text once: a
 * mutant begins with all modules loaded anew.
 */
const { transformSync } = require('esbuild');

const translated = new Map();

require.extensions['.ts'] = (module, file) => {
  const source = require('node:fs').readFileSync(file, 'utf8');
  let code = translated.get(source);
  if (code === undefined) {
    code = transformSync(source, { loader: 'ts', format: 'cjs', target: 'es2022', sourcefile: file }).code;
    translated.set(source, code);
  }
  module._compile(code, file);
};

exports.strykerPlugins = [
  { kind: 'TestRunner', name: 'programs', factory: () => require('./runner.ts').new_runner(process.cwd()) },
];
