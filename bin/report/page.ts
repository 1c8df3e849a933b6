/** A page as one text, complete in itself: the script, the style and the data are in it, and it may load nothing. */
import { readFileSync } from 'node:fs';
import { CallError } from '../../harness/errors';
import { data_folder } from '../../harness/files/folder';
import type { Report } from '../view/data';

/** What the build has made of bin/view/. Throws a CallError if it is not there. */
function built(file: string): string {
  const path = data_folder(__dirname, 'dist', 'page', file);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CallError(`${path}: ${(error as NodeJS.ErrnoException).code ?? error}; npm run build makes it`);
  }
}

/** Data between script tags: nothing in it can end the tag, or be taken for one. */
const as_data = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Nothing is fetched, nothing is sent. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The page of a report; of null, the playground alone. Throws a CallError where the project is not built. */
export function page_text(report: Report | null): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${report ? 'Report' : 'Playground'}: kvm-nx-harness</title>
<link rel="icon" href="data:,">
<style>${built('page.css')}</style>
</head>
<body>
<div id="page"></div>
<noscript>This page runs the models, and needs JavaScript for that.</noscript>
<script type="application/json" id="report">${as_data(report)}</script>
<script>${built('page.js').replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`;
}
