/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  roots: ['bin', 'harness', 'models', 'mutation', 'properties', 'regressions'].map((folder) => `<rootDir>/${folder}`),
  // Types are checked by `npm run lint`; here ts-jest only translates.
  transform: { '\\.ts$': ['ts-jest', { diagnostics: false }] },
  testMatch: ['**/*.test.ts'],
  // Looking up a global costs much in the context that tests run in: handed in, it costs nothing. A third of all time.
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
  testSequencer: './tools/slowest_first.cjs',
  // Jest leaves one core to the one who waits: on two, that is half of what there is.
  maxWorkers: '100%',
  // Generous: machines are noisy, and nothing here waits but for a result.
  testTimeout: 120_000,
};

export default config;
