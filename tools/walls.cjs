/** Which folder may import which. `npm run lint` checks it with dependency-cruiser. Tests may import anything. */
const TEST = '[.](test|fixture)[.]ts$';

/** The engine without its command line. */
const ENGINE = '^harness/(?!cli/|bench/)';

/** A rule: files in `from` may import only themselves, packages and `may`. */
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
      comment: 'Imports must not form cycles. Models of kernel functions may: they call each other as in the kernel.',
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
      comment: 'The engine must work without a terminal.',
      severity: 'error',
      from: { path: '^harness/(?!cli/|bench/)', pathNot: TEST },
      to: { path: '^(node:)?(tty|readline)(/|$)' },
    },
    wall('command-line', 'The command line works on any suite.', '^harness/(cli|bench)/', ['^harness/']),
    wall('world', 'What both sides use must not depend on either side.', '^models/world/', []),
    wall('layout', 'The language of tables must work for any state.', '^models/layout/', []),
    wall(
      'spec',
      'The specification must not depend on the kernel side, or it would repeat its errors.',
      '^models/spec/',
      ['^models/(world|layout)/'],
    ),
    wall('kernel', 'The kernel side must not depend on the specification.', '^models/kernel/', [
      '^models/(world|layout)/',
      '^harness/(program/|errors)',
    ]),
    wall('models', 'Models must not depend on the command line, properties or entry files.', '^models/', [ENGINE]),
    wall('lockstep', 'Lockstep must not depend on the code that uses it.', '^models/lockstep/', [
      '^models/(world|layout|spec|kernel|catalogue)/',
      ENGINE,
    ]),
    wall('catalogue', 'The catalogue finds things by name and needs only the two sides.', '^models/catalogue/', [
      '^models/(world|layout|spec|kernel|commands|variants)/',
      ENGINE,
    ]),
    wall('commands', 'A command says what happens to each side.', '^models/commands/', [
      '^models/(world|layout|spec|kernel|catalogue)/',
      ENGINE,
    ]),
    wall(
      'variants',
      'A variant replaces kernel functions and must not depend on the specification.',
      '^models/variants/',
      ['^models/(world|layout|kernel|catalogue)/'],
    ),
    wall('state', 'Copies and fingerprints cover both sides and must not depend on their users.', '^models/state/', [
      '^models/(world|layout|spec|kernel|catalogue|lockstep)/',
      ENGINE,
    ]),
    wall('generate', 'Generation depends on the reference alone.', '^models/generate/', [
      '^models/(world|layout|spec|catalogue|lockstep)/',
      ENGINE,
    ]),
    wall('live', 'A real kernel takes the place of a model.', '^models/live/', [
      '^models/(world|layout|spec|kernel|catalogue|lockstep|state|generate|observed)/',
      ENGINE,
    ]),
    wall(
      'export',
      'A test for the kernel follows from the specification, and from no model of a kernel.',
      '^models/export/',
      ['^models/(world|layout|spec|catalogue|lockstep)/', '^models/live/seen', ENGINE],
    ),
    wall('observed', 'Recordings are compared with models, not with running kernels.', '^models/observed/', [
      '^models/(world|layout|spec|kernel|catalogue|lockstep)/',
      ENGINE,
    ]),
    wall('properties', 'Properties judge models and must not depend on the search or on its reports.', '^properties/', [
      '^models/(?!live/)',
      '^models/live/seen',
      ENGINE,
    ]),
    wall('page', 'A page runs the models. Nothing else of the program is there, and no file.', '^bin/view/', [
      '^models/(?!live/|observed/|implementation)',
      '^properties/',
      '^harness/(?!cli/|bench/|pool/pool|regression/|user_code/typescript|files/(read|save))',
    ]),
    wall('report', 'A report is made of what commands find, and does not run them.', '^bin/report/', [
      '^bin/(view/data|kvm/suite)',
      '^models/(?!live/)',
      '^harness/',
    ]),
    {
      name: 'one-engine',
      comment: 'Only the engine loops over cases and shrinks programs. What runs programs is a runner of the engine.',
      severity: 'error',
      from: { path: '^(bin|models)/', pathNot: TEST },
      to: { path: '^harness/(program/shrink|certify/reduce|run/cases)' },
    },
    {
      name: 'no-tests',
      comment: 'Code that several tests need belongs in fixtures.',
      severity: 'error',
      from: { pathNot: TEST },
      to: { path: TEST },
    },
    {
      name: 'resolved',
      comment: 'Every import must exist.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // Files as users write them: they import the package by its name.
    exclude: { path: '^bin/tests/implementations/' },
    doNotFollow: { path: 'node_modules' },
    // Imports of types count too.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'types'] },
  },
};
