/**
 * This folder has everything that exists only because of Jest. `npm test` names this file. jest.config.ts leads here
 * too, but a Node version that runs TypeScript itself loads that file twice and prints a warning.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  rootDir: '../..',
  testEnvironment: 'node',
  roots: ['bin', 'harness', 'models', 'mutation', 'properties', 'regressions'].map((folder) => `<rootDir>/${folder}`),
  // `npm run lint` checks types; ts-jest only translates.
  transform: { '\\.ts$': ['ts-jest', { diagnostics: false }] },
  testMatch: ['**/*.test.ts'],
  // In the context in which tests run, looking up a global is slow. Injected globals are fast, which saves half of the
  // time where models run, on Node 20 and on 26.
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
  // V8's flags make the threads of the program faster, and so also the tests.
  setupFiles: ['<rootDir>/tools/jest/v8_flags.ts'],
  // A long suite that starts last would keep one core busy while the others idle.
  testSequencer: '<rootDir>/tools/jest/slowest_first.cjs',
  // By default Jest leaves one core free, which is half of two cores.
  maxWorkers: '100%',
  // Generous, because the speed of machines varies and no test waits for anything but a result.
  testTimeout: 120_000,
};
