import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScriptTarget, transpile } from 'typescript';
import { OLDEST } from '../process/node_version';

const root = join(__dirname, '..', '..');
const program = join(root, 'dist', 'bin', 'kvm-nx-harness.js');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

function node(...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

// What it says of itself is all that is asked.
const pretend = (version: string) =>
  `Object.defineProperty(process.versions, 'node', { value: '${version}' }); require(${JSON.stringify(program)});`;

test('a Node that is too old gets an error of one line', () => {
  const stderr = `kvm-nx-harness needs Node ${OLDEST} or later; this is 18.20.8\n`;
  expect(node('-e', pretend('18.20.8'))).toEqual({ status: 2, stdout: '', stderr });
});

test('a Node that is old enough is not', () => {
  expect(node('-e', pretend(`${OLDEST}.0.0`), program, 'list')).toMatchObject({ status: 0, stderr: '' });
});

test('Node 12 can read what tells it so', () => {
  for (const file of ['kvm-nx-harness', 'process/node_version']) {
    const text = read(`dist/bin/${file}.js`);
    expect(transpile(text, { target: ScriptTarget.ES2019 })).toBe(transpile(text, { target: ScriptTarget.ES2022 }));
  }
});

test('CI tests the same versions everywhere, from the oldest that is promised', () => {
  const [, run = ''] = /^NODES=\((.*)\)$/m.exec(read('.ci/run')) ?? [];
  const [, matrix = ''] = /node: \[(.*)\]/.exec(read('.github/workflows/ci.yml')) ?? [];
  const lines = run.split(' ').map((version) => version.split('.')[0]);
  expect(lines).toEqual(matrix.split(', '));
  expect(lines[0]).toBe(String(OLDEST));
  expect(JSON.parse(read('package.json')).engines).toEqual({ node: `>=${OLDEST}` });
  expect(read('README.md')).toContain(`Node ${OLDEST} or later`);
});
