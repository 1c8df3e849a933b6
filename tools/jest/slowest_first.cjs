const { join, relative } = require('node:path');
const Sequencer = require('@jest/test-sequencer').default;

const ROOT = join(__dirname, '..', '..');

/** Seconds, about: where Jest has not seen the suites run, it would begin with those of the largest files. */
const SECONDS = {
  'properties/certify.test.ts': 100,
  'bin/live/kernels.test.ts': 80,
  'bin/threads.test.ts': 20,
  'bin/implementation.test.ts': 25,
  'properties/variants.test.ts': 35,
  'bin/explore.test.ts': 30,
  'models/agreement.test.ts': 25,
  'bin/live/search.test.ts': 25,
  'models/state_space.test.ts': 20,
  'bin/readme.test.ts': 15,
  'bin/cli.shrink.test.ts': 15,
  'models/conform.test.ts': 10,
};

/** The slowest suites first: a long one begun last keeps one core busy, and nobody else. */
module.exports = class extends Sequencer {
  time(test) {
    return super.time(test) ?? 1000 * (SECONDS[relative(ROOT, test.path).replaceAll('\\', '/')] ?? 1);
  }
};
