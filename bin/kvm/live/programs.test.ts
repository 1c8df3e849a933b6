/** In which world a program for a real kernel is read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { read_given } from './programs';

const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = async (...lines: readonly string[]) => {
  const file = join(folder, 'program.txt');
  writeFileSync(file, lines.join('\n'));
  const { program } = await read_given(file, false, new AbortController().signal);
  return program;
};

const FAR = 'guest_exec mmu=tdp page=514 offset=0';
const REMAP = 'remap_entry mmu=shadow page=0 to=512 tracked=0';

test('a program with remap_entry has memory in two 1G pages', async () => {
  expect(await read(FAR, REMAP)).toHaveLength(2);
});

test('a comment about remap_entry gives no memory to a program without it', async () => {
  await expect(read('# as with remap_entry', FAR)).rejects.toThrow('page=514 is not a whole number from 0 to 25');
});

test('a page outside both worlds is refused', async () => {
  await expect(read(REMAP, 'guest_exec mmu=tdp page=5000 offset=0')).rejects.toThrow('page=5000 is not a whole number');
});
