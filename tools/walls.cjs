/** Which folder may import which: `npm run lint` asks dependency-cruiser. Tests may import anything. */
const TEST = '[.](test|fixture)[.]ts$';

/** The engine without its command line. */
const ENGINE = '^harness/(?!cli/|bench/)';

/** A rule: files of `from` import nothing but themselves, packages and `may`. */
const wall = (name, comment, from, may, also = {}) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: TEST, ...also },
  to: { path: '^(bin|dist|harness|models|mutation|properties|regressions|tools)/', pathNot: [from, ...may] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment:
        'A file can be understood before those that import it. The kernel calls back and forth, and so do its models.',
      severity: 'error',
      from: { pathNot: '^models/kernel/' },
      to: { circular: true },
    },
    wall('engine', 'The engine knows neither KVM nor a terminal.', '^harness/', [], {
      pathNot: [TEST, '^harness/(cli|bench)/'],
    }),
    wall('engine-without-terminal', 'Only its command line prints.', '^harness/(?!cli/|bench/)', [ENGINE]),
    {
      name: 'no-terminal',
      comment: 'The engine does not know that there is one.',
      severity: 'error',
      from: { path: '^harness/(?!cli/|bench/)', pathNot: TEST },
      to: { path: '^(node:)?(tty|readline)(/|$)' },
    },
    wall('command-line', 'The command line works on any suite.', '^harness/(cli|bench)/', ['^harness/']),
    wall('world', 'What both sides are made of knows neither.', '^models/world/', []),
    wall('layout', 'The language of tables is of any state.', '^models/layout/', []),
    wall('spec', 'The specification knows nothing of the kernel side: it would believe it.', '^models/spec/', [
      '^models/(world|layout)/',
    ]),
    wall('kernel', 'The kernel side knows nothing of the specification.', '^models/kernel/', [
      '^models/(world|layout)/',
      '^harness/(program/|errors)',
    ]),
    wall('models', 'Models know no command line, no property, no entry file.', '^models/', [ENGINE]),
    wall('lockstep', 'What runs both sides knows not what is done with it.', '^models/lockstep/', [
      '^models/(world|layout|spec|kernel|catalogue)/',
      ENGINE,
    ]),
    wall('catalogue', 'What is found by name is made of both sides, and no more.', '^models/catalogue/', [
      '^models/(world|layout|spec|kernel|commands|variants)/',
      ENGINE,
    ]),
    wall('commands', 'A command says what happens to each side.', '^models/commands/', [
      '^models/(world|layout|spec|kernel|catalogue)/',
      ENGINE,
    ]),
    wall('variants', 'A variant replaces kernel functions, and knows no specification.', '^models/variants/', [
      '^models/(world|layout|kernel|catalogue)/',
    ]),
    wall('state', 'Copies and fingerprints are of both sides, whatever is done with them.', '^models/state/', [
      '^models/(world|layout|spec|kernel|catalogue|lockstep)/',
      ENGINE,
    ]),
    wall('generate', 'What is drawn next follows from the reference alone.', '^models/generate/', [
      '^models/(world|layout|spec|catalogue|lockstep)/',
      ENGINE,
    ]),
    wall('live', 'A kernel that runs stands in for a model.', '^models/live/', [
      '^models/(world|layout|spec|kernel|catalogue|lockstep|state|generate|observed)/',
      ENGINE,
    ]),
    wall('observed', 'What was recorded is compared with models, not with kernels that run.', '^models/observed/', [
      '^models/(world|layout|spec|kernel|catalogue|lockstep)/',
      ENGINE,
    ]),
    wall(
      'properties',
      'Claims judge models: they know neither how these are searched nor how that is told.',
      '^properties/',
      ['^models/(?!live/)', '^models/live/seen', ENGINE],
    ),
    {
      name: 'one-engine',
      comment: 'Cases are looped over, and programs shrunk, by the engine alone: whatever runs them is a runner of it.',
      severity: 'error',
      from: { path: '^(bin|models)/', pathNot: TEST },
      to: { path: '^harness/(program/shrink|certify/reduce|run/cases)' },
    },
    {
      name: 'no-tests',
      comment: 'What tests need is in fixtures.',
      severity: 'error',
      from: { pathNot: TEST },
      to: { path: TEST },
    },
    {
      name: 'resolved',
      comment: 'What is imported is there.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // Files as users write them: they import the package by its name.
    exclude: { path: '^bin/tests/implementations/' },
    doNotFollow: { path: 'node_modules' },
    // Types are walls, too.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'types'] },
  },
};
