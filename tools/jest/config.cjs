/**
 * All that is as it is because of Jest is in this folder. `npm test` names this file; jest.config.ts leads here, too, but every
 * Node that takes TypeScript for its own business loads that one twice, with a warning.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  rootDir: '../..',
  testEnvironment: 'node',
  roots: ['bin', 'harness', 'models', 'mutation', 'properties', 'regressions'].map((folder) => `<rootDir>/${folder}`),
  // Types are checked by `npm run lint`; here ts-jest only translates.
  transform: { '\\.ts$': ['ts-jest', { diagnostics: false }] },
  testMatch: ['**/*.test.ts'],
  // Looking up a global costs much in the context that tests run in: handed in, it costs nothing. Half of all time where
  // models run, on Node 20 and on 26.
  sandboxInjectedGlobals: [
    'Array',
    'Error',
    'Map',
    'Math',
    'Number',
    'Object',
    'Set',
    'String',
    'Uint8Array',
    'Uint32Array',
  ],
  // What the threads of the program gain by V8's flags, tests gain, too.
  setupFiles: ['<rootDir>/tools/jest/v8_flags.ts'],
  // A long suite begun last keeps one core busy, and nobody else.
  testSequencer: '<rootDir>/tools/jest/slowest_first.cjs',
  // Jest leaves one core to the one who waits: on two, that is half of what there is.
  maxWorkers: '100%',
  // Generous: machines are noisy, and nothing here waits but for a result.
  testTimeout: 120_000,
};
