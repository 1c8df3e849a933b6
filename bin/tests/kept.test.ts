/** Files that users may have: they compile, and are judged, as they were when they were written (at c2d556a). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, rows_of } from './terminal.fixture';

const folder = join(__dirname, 'implementations', 'kept');

interface Verdict {
  readonly exit_code: number;
  /** How many properties are judged. */
  readonly properties: number;
  readonly violates: readonly string[];
}
const VERDICTS: Readonly<Record<string, Verdict>> = JSON.parse(readFileSync(join(folder, 'verdicts.json'), 'utf8'));

test('each file has its verdict, and each verdict its file', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  expect(files.map((name) => name.replace('.ts', '')).sort()).toEqual(Object.keys(VERDICTS).sort());
});

test.each(Object.entries(VERDICTS))('%s', async (name, verdict) => {
  const file = join(folder, `${name}.ts`);
  const options = ['--cases', '500', '--seed', 'five', '--transitions', '1', '--json'];
  const { code, out } = await call(['check', '--implementation', file, ...options]);
  // Rules that are not kept have rows of their own: of those nothing was promised.
  const rows = rows_of(out).filter(({ rule }) => rule === undefined);
  const violates = rows.filter((row) => row.verdict === 'violates').map(({ property }) => property);
  expect({ exit_code: code, properties: rows.length, violates }).toEqual(verdict);
});
