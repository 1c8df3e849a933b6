/** Which build of the program this is. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DIST = join(__dirname, '..', '..');

/** The package's version and a digest of all compiled files, which the build has noted: the same wherever they are. */
export function build_of(): string {
  const { files } = JSON.parse(readFileSync(join(DIST, 'built.json'), 'utf8')) as { readonly files: object };
  const { version } = JSON.parse(readFileSync(join(DIST, '..', 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  const digest = createHash('sha256')
    .update(JSON.stringify(Object.entries(files).sort()))
    .digest('hex');
  return `${version} (${digest.slice(0, 12)})`;
}
