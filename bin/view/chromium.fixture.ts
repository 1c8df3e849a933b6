/** A browser for tests. Where there is none the tests are skipped; in CI they fail. */

import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { env } from '../process/machine';

const PLACES = [env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executable = PLACES.find((path) => path !== '' && existsSync(path));

/** `describe`, or one that says why it skips. In CI whatever needs a browser fails without one. */
export const describe_in_chromium: jest.Describe | jest.Describe['skip'] =
  executable !== undefined || env['CI'] === 'true' ? describe : describe.skip;

if (executable === undefined) process.stderr.write('no Chromium (apt-get install chromium): pages are not tested\n');

export async function launch(): Promise<Browser> {
  if (executable === undefined) throw new Error(`no Chromium at ${PLACES.filter((path) => path).join(', ')}`);
  return chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A page that a test looks at, and everything that the console has said and that was asked of a network. */
export interface Opened {
  readonly page: Page;
  readonly said: string[];
}

export async function open_file(
  browser: Browser,
  file: string,
  hash = '',
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) said.push(`asks for ${request.url()}`);
  });
  await page.goto(`${pathToFileURL(file)}${hash}`);
  await page.waitForSelector('main *');
  return { page, said };
}
