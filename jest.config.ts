/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

/** What Jest and editors look for. All that is there because of Jest is in tools/jest/. */
const config: Config = { ...require('./tools/jest/config.cjs'), rootDir: __dirname };

export default config;
