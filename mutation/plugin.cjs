/**
 * The plugin that Stryker loads: a test runner for this project's programs. It translates sources when they are loaded,
 * each text once, because all modules are loaded again for a mutant.
 */
const { transformSync } = require('esbuild');

const translated = new Map();
let counting = true;

/** Instrumented code calls this at every step to count what is reached. */
const COUNT = /stryCov_9fa48\((?:"\d+"(?:, )?)+\)/g;
/** Instrumented code calls this to ask whether a mutant is active. Only the active one has to ask (see runner.ts). */
const ASK = /stryMutAct_9fa48\("(\d+)"\)/g;

function stop_counting() {
  counting = false;
  translated.clear();
}

require.extensions['.ts'] = (module, file) => {
  const source = require('node:fs').readFileSync(file, 'utf8');
  let code = translated.get(source);
  if (code === undefined) {
    code = transformSync(source, { loader: 'ts', format: 'cjs', target: 'es2022', sourcefile: file }).code;
    if (!counting) code = code.replace(COUNT, '0').replace(ASK, '(__mutant__ === $1 && stryMutAct_9fa48("$1"))');
    translated.set(source, code);
  }
  module._compile(code, file);
};

exports.strykerPlugins = [
  {
    kind: 'TestRunner',
    name: 'programs',
    factory: () => require('./runner.ts').new_runner(process.cwd(), stop_counting),
  },
];
