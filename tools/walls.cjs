/** Which folder may import which: `npm run lint` asks dependency-cruiser. Tests may import anything. */
const TEST = '[.](test|fixture)[.]ts$';

/** A rule: files of `from` import nothing but themselves, packages and `may`. */
const wall = (name, comment, from, may, also = {}) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: TEST, ...also },
  to: { path: '^(bin|harness|models|mutation|properties|regressions|tools)/', pathNot: [from, ...may] },
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
    wall('engine-without-terminal', 'Only its command line prints.', '^harness/(?!cli/|bench/)', [
      '^harness/(?!cli/|bench/)',
    ]),
    wall('command-line', 'The command line works on any suite.', '^harness/(cli|bench)/', ['^harness/']),
    wall('world', 'What both sides are made of knows neither.', '^models/world/', []),
    wall('layout', 'The language of tables is of any state.', '^models/layout/', []),
    wall('layout', 'The language of tables is of any state.', '^models/layout/', []),
    wall('spec', 'The specification knows nothing of the kernel side: it would believe it.', '^models/spec/', [
      '^models/(world|layout)/',
    ]),
    wall('kernel', 'The kernel side knows nothing of the specification.', '^models/kernel/', [
      '^models/(world|layout)/',
      '^harness/(program/|errors)',
    ]),
    wall('models', 'Models know no command line, no property, no entry file.', '^models/', [
      '^harness/(?!cli/|bench/)',
    ]),
    wall('lockstep', 'What runs both sides knows not what is done with it.', '^models/lockstep/', [
      '^models/(world|layout|spec|kernel|catalogue)/',
      '^harness/(?!cli/|bench/)',
    ]),
    wall('observed', 'What was recorded is compared with models, not with kernels that run.', '^models/observed/', [
      '^models/(world|layout|spec|kernel|catalogue|lockstep)/',
      '^harness/(?!cli/|bench/)',
    ]),
    wall(
      'properties',
      'Claims judge models: they know neither how these are searched nor how that is told.',
      '^properties/',
      ['^models/', '^harness/(?!cli/|bench/)'],
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
