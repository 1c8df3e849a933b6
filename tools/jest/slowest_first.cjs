const { join, relative } = require('node:path');
const Sequencer = require('@jest/test-sequencer').default;

const ROOT = join(__dirname, '..', '..');

/** Approximate seconds of each suite. If Jest has not run the suites before, it starts with the largest files. */
const SECONDS = {
  'properties/certify.test.ts': 100,
  'bin/kvm/live/kernels.test.ts': 80,
  'bin/tests/threads.test.ts': 20,
  'bin/tests/implementation.test.ts': 25,
  'properties/variants.test.ts': 35,
  'bin/tests/explore.test.ts': 30,
  'models/lockstep/agreement.test.ts': 25,
  'bin/kvm/live/search.test.ts': 25,
  'models/state/state_space.test.ts': 20,
  'bin/tests/readme.test.ts': 15,
  'bin/tests/cli.shrink.test.ts': 15,
  'models/observed/conform.test.ts': 10,
  'bin/tests/replaced.test.ts': 30,
  'bin/tests/kept.test.ts': 20,
  'models/api.test.ts': 15,
  'models/catalogue/asked.test.ts': 12,
  'bin/tests/hostile.test.ts': 60,
  'bin/tests/build.test.ts': 35,
  'bin/tests/package.test.ts': 14,
  'bin/tests/cli.test.ts': 15,
};

/** Runs the slowest suites first. A long suite that starts last would keep one core busy while the others idle. */
module.exports = class extends Sequencer {
  time(test) {
    return super.time(test) ?? 1000 * (SECONDS[relative(ROOT, test.path).replaceAll('\\', '/')] ?? 1);
  }
};
