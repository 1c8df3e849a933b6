/** What no file of the project may do. Which folder may import which is said in .dependency-cruiser.cjs. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = join(__dirname, '..');

const sources = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => ({ file: join(folder, file), source: readFileSync(join(root, folder, file), 'utf8') }));

test('the engine knows nothing of KVM', () => {
  for (const { file, source } of sources('harness')) {
    const outside = [...source.matchAll(/from '(\..*)'/g)].filter(([, path = '']) => {
      return !resolve(root, dirname(file), path).startsWith(join(root, 'harness'));
    });
    expect({ file, outside }).toEqual({ file, outside: [] });
    expect(`${file}: ${source.match(/kvm|tdp|mmu|spte|nx_|huge/i)?.[0] ?? 'nothing'}`).toBe(`${file}: nothing`);
  }
});

/** Chance, and the machine's clock and environment. */
const DOORS: Readonly<Record<string, RegExp>> = {
  'harness/generate/seed.ts': /'seedrandom'/,
  'bin/kvm/machine.ts': /Math\.random|Date\.now|new Date|process\.env|performance\.|hrtime|randomBytes|randomInt/,
};

test('chance and time have one door each', () => {
  for (const { file, source } of ['harness', 'models', 'properties', 'bin'].flatMap(sources)) {
    for (const [door, what] of Object.entries(DOORS)) {
      if (file !== door) expect(`${file}: ${source.match(what)?.[0] ?? 'nothing'}`).toBe(`${file}: nothing`);
    }
  }
});
