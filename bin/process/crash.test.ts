import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const built = (...names: string[]) => JSON.stringify(join(__dirname, '..', '..', 'dist', ...names));

/** What a program does in which a module throws this while it is loaded. */
const thrown = (error: string) => {
  const text = `require(${built('bin', 'process', 'crash.js')});
    const { CallError } = require(${built('harness', 'errors.js')}); throw ${error};`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', text], { encoding: 'utf8' });
  return { status, stderr };
};

test('a wrong file of the catalogue is one line, and exit code 2', () => {
  expect(thrown('new CallError("B0: no variant to build on")')).toEqual({
    status: 2,
    stderr: 'B0: no variant to build on\n',
  });
});

test('any other error is told with its stack, and exit code 3', () => {
  const { status, stderr } = thrown('new Error("a mistake of ours")');
  expect(status).toBe(3);
  expect(stderr).toMatch(/Error: a mistake of ours\n +at /);
});
