/** Implementations of a user, written to files of their own; and the program as it is compiled, to run them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `npm test` compiles first: threads and programs run from what is compiled. */
const dist = join(__dirname, '..', '..', 'dist');
export const worker = join(dist, 'bin', 'worker.js');
export const program = join(dist, 'bin', 'kvm-nx-harness.js');
export const save_script = join(dist, 'harness', 'files', 'save.js');

/** Gone after the suite's last test. */
export const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => rmSync(folder, { recursive: true }));

export function implementation(name: string, text: string): string {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, text);
  return file;
}
export const with_kernel = (kernel: string) =>
  `import { variant, nx_huge_pages, KVM_TDP_MMU } from 'kvm-nx-harness';
   export default variant({ base: 'v6.18', source: 'a test', kernel: { ${kernel} } });`;
