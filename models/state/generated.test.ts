import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generated } from '../../tools/layouts';

test.each([...generated()])('%s is what `npm run layouts` makes of the tables', (path, text) => {
  expect(readFileSync(join(__dirname, '..', '..', path), 'utf8')).toBe(text);
});
