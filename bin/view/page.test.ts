/** Reports and the playground, in a browser: what they say, how they look, and how long they take. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { random_of_case } from '../../harness/generate/seed';
import { program_texts } from '../../harness/program/text';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { SUITE } from '../kvm/suite';
import { page_text } from '../report/page';
import { call } from '../tests/terminal.fixture';
import { describe_in_chromium, launch, open_file } from './chromium.fixture';
import type { Report } from './data';
import { link_to } from './route';

const folder = mkdtempSync(join(tmpdir(), 'pages-'));
const play = join(folder, 'play.html');
const report = join(folder, 'report.html');
const kernel = join(folder, 'kernel.html');
const docs = join(__dirname, '..', '..', 'docs', 'screenshots');
afterAll(() => rmSync(folder, { recursive: true }));

/** The views of which there are pictures in docs/. */
const PICTURES: readonly string[] = ['playground', 'overview', 'counterexample'];

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** B30 as a kernel that ships it shows it. */
const of_a_kernel: Report = {
  call: 'kvm-nx-harness live --kernel debian:7.3',
  code: 0,
  notes: [],
  lines: [],
  shown: [
    {
      title: '7.3.4 breaks to-zap-nonzero-when-splits-exist (B30)',
      variant: 'linux-7.3',
      program: [
        'guest_exec mmu=tdp page=0 offset=0',
        'recover ratio=1',
        'guest_exec mmu=shadow page=0 offset=0',
        'recover ratio=1',
      ],
      world: 'live',
      run: null,
      kernel: {
        name: '7.3.4',
        rows: [
          { nx_lpage_splits: '1', '4K': '1', '2M': '0', '1G': '0', 'reference says': '1: 1/0/0' },
          { nx_lpage_splits: '0', '4K': '0', '2M': '0', '1G': '0', 'reference says': '0: 0/0/0' },
          { nx_lpage_splits: '1', '4K': '8', '2M': '0', '1G': '0', 'reference says': '1: 8/0/0' },
          { nx_lpage_splits: '1', '4K': '8', '2M': '0', '1G': '0', 'reference says': '0: 0/0/0' },
        ],
        broken: [
          {
            property: 'to-zap-nonzero-when-splits-exist',
            claim: 'to_zap is nonzero',
            step: 3,
            got: 'a pass that took none',
            want: 'at least 1 of 1 splits',
            at_end: false,
          },
        ],
      },
      properties: ['to-zap-nonzero-when-splits-exist'],
      proven: { certified: false, text: 'shrunk' },
      again: null,
      known: 'B30: one MMU counts on the other',
      without: ['holds', 'holds', 'holds', 'holds'],
    },
  ],
  spread: [],
  heat: null,
  tables: [],
};

describe_in_chromium('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
    // Each test is run by itself, too.
    if (!existsSync(play)) await call(['play', play]);
    await call(['check', 'V1', 'B12', 'v6.18', '--cases', '30', '--seed', '1', '--html', report]);
    writeFileSync(kernel, page_text(of_a_kernel));
  }, 60_000);
  afterAll(() => browser?.close());

  const verdict_of = (page: Page) => page.getAttribute('#verdict', 'data-verdict');
  const faults_of = async (page: Page): Promise<string[]> => {
    await page.evaluate(AXE);
    return page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      const { violations } = await axe.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' ')}`);
    });
  };

  test("500 programs: the page's verdicts are the command line's", async () => {
    const { page, said } = await open_file(browser, play);
    const names = [...VARIANTS.keys()];
    for (let i = 0; i < 500; i++) {
      const variant = names[i % names.length] as string;
      const seed_case = `page:${i}`;
      const program = program_texts(SUITE.commands, SUITE.programs.draw(random_of_case('page', i))).join('\n');
      const { out } = await call(['replay', seed_case, '--variant', variant]);
      const line = out.find((one) => one.startsWith(`${variant}: `));
      await page.evaluate((hash) => {
        location.hash = hash;
      }, link_to({ program, variant }));
      await page.waitForFunction(
        ([text, name]) =>
          (document.querySelector('#program') as { value?: string } | null)?.value === text &&
          (document.querySelector('#variant') as { value?: string } | null)?.value === name,
        [program, variant] as const,
      );
      const verdict = await verdict_of(page);
      const told = verdict === '' ? `case ${seed_case} breaks nothing` : `breaks ${verdict}`;
      expect(line).toBe(`${variant}: ${told}`);
    }
    expect(said).toEqual([]);
  }, 500_000);

  test('a program that is edited, and one that is none', async () => {
    const { page, said } = await open_file(browser, play);
    expect(await verdict_of(page)).toContain('to-zap-nonzero-when-splits-exist at command 2');
    await page.selectOption('#variant', 'v6.18');
    await page.waitForSelector('#verdict.good');
    await page.selectOption('#variant', 'V1');
    await page.fill('#program', 'guest_exec mmu=tdp page=0 offset=0');
    await page.waitForSelector('#verdict.good');
    for (const [text, word, message] of [
      ['gest_exec mmu=tdp', 'gest_exec', 'no command "gest_exec"'],
      ['recover ratio=1\nguest_exec mmu=tpd page=0 offset=0', 'mmu=tpd', 'one of'],
      ['guest_exec mmu=tdp page=99 offset=0', 'page=99', 'a whole number from 0 to 31'],
      ['recover ratio=1 </script><b>', '</script><b>', 'no argument'],
    ] as const) {
      await page.fill('#program', text);
      await page.waitForSelector('mark');
      expect(await page.textContent('mark')).toBe(word);
      expect(await page.textContent('#wrong')).toContain(message);
      expect(await verdict_of(page)).toBe('none');
    }
    expect(said).toEqual([]);
  });

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)(
    '%s, %d wide: every view, no fault that axe-core finds, nothing wider than the page',
    async (colorScheme, width) => {
      for (const [file, hash, name] of [
        [play, '', 'playground'],
        [report, '#overview', 'overview'],
        [report, '#counterexample=1', 'counterexample'],
        [report, '#counterexample=2', 'interleaving'],
        [kernel, '#counterexample=1', 'kernel'],
      ] as const) {
        const { page, said } = await open_file(browser, file, hash, { colorScheme, viewport: { width, height: 900 } });
        expect(await faults_of(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        expect(said).toEqual([]);
        if (width < 1000 || !PICTURES.includes(name)) continue;
        mkdirSync(docs, { recursive: true });
        const shot = await page.screenshot({ type: 'png' });
        expect(shot.length).toBeLessThan(180_000);
        if (process.env['SCREENSHOTS']) writeFileSync(join(docs, `${name}-${colorScheme}.png`), shot);
      }
    },
  );

  test("a kernel's numbers stand beside those of its model and of the reference; where they differ is marked", async () => {
    const { page, said } = await open_file(browser, kernel, '#counterexample=1');
    const rows = () =>
      page.$$eval('section[aria-label^="Numbers"] tbody tr', (all) => all.map((row) => row.textContent));
    expect(await rows()).toContain('nx_lpage_splits1 ≠10');
    expect(await page.textContent('section.breach')).toContain('a pass that took none');
    await page.keyboard.press('ArrowLeft');
    expect(await rows()).toContain('nx_lpage_splits111');
    expect(said).toEqual([]);
  });

  test('interleaved commands are lanes: who is paused, where, holding what', async () => {
    const { page } = await open_file(browser, report, '#counterexample=2');
    const cells = await page.$$eval('table.lanes tbody tr', (rows) =>
      rows.map((row) => [...row.querySelectorAll('td')].map((cell) => `${cell.className}: ${cell.textContent}`)),
    );
    expect(cells).toEqual([
      ['lane runs: dirty_log on=1 slot=1', 'lane idle: '],
      [expect.stringMatching(/^lane paused: dirty_log.*stops at slots_swapped, holds slots_lock/), 'lane idle: '],
      [expect.stringMatching(/^lane paused: .*holds slots_lock/), expect.stringMatching(/^lane paused: guest_exec/)],
      [expect.stringMatching(/^lane ends/), expect.stringMatching(/^lane ends/)],
    ]);
  });

  test('by the keyboard alone', async () => {
    const { page, said } = await open_file(browser, report, '#counterexample=1');
    const at = () => page.getAttribute('input[type=range]', 'aria-valuetext');
    expect(await at()).toContain('command 2 of 2');
    await page.keyboard.press('ArrowLeft');
    expect(await at()).toContain('command 1 of 2');
    await page.keyboard.press('End');
    expect(await at()).toContain('command 2 of 2');
    // Every control can be reached, and the page's end, too.
    const reached: string[] = [];
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate(() => document.activeElement?.textContent || document.activeElement?.tagName || ''),
      );
    }
    expect(reached.join('\n')).toContain('Overview');
    expect(reached.join('\n')).toContain('Open in the playground');
    expect(said).toEqual([]);
  });

  test('hostile texts are texts', async () => {
    const hostile = `</script><script>document.title='x'</script><!--"'&\u2028\u0007`;
    const data: Report = {
      call: hostile,
      code: 1,
      notes: [hostile],
      lines: [
        {
          variant: hostile,
          kind: hostile,
          as_expected: false,
          known: [hostile],
          new: [hostile],
          missing: [hostile],
          programs: 1,
        },
      ],
      shown: [
        {
          title: hostile,
          variant: hostile,
          program: [hostile],
          world: 'small',
          run: null,
          kernel: { name: hostile, rows: [{ '4K': hostile, 'reference says': hostile }], broken: [] },
          properties: [hostile],
          proven: { certified: false, text: hostile },
          again: hostile,
          known: null,
          without: [],
        },
      ],
      spread: [{ title: hostile, note: hostile, programs: 1, least: 1, shares: [{ name: hostile, programs: 1 }] }],
      tables: [{ title: hostile, note: hostile, columns: [hostile], rows: [[hostile]] }],
      heat: { from: hostile, properties: [hostile], variants: [hostile], cells: [[1]] },
    };
    const file = join(folder, 'hostile.html');
    writeFileSync(file, page_text(data));
    for (const hash of [
      '',
      '#counterexample=1',
      `#program=${encodeURIComponent(hostile)}&variant=${encodeURIComponent(hostile)}`,
    ]) {
      const { page, said } = await open_file(browser, file, hash);
      expect(await page.title()).toBe('Report: kvm-nx-harness');
      expect(await page.evaluate(() => document.scripts.length)).toBe(2);
      expect(said).toEqual([]);
    }
    const { page } = await open_file(browser, file);
    expect(await page.textContent('main code')).toBe(hostile);
  });

  test('a step: script and layout under 8 ms, no task over 50 ms', async () => {
    const program = program_texts(SUITE.commands, SUITE.programs.draw(random_of_case('page', 1))).join('\n');
    const { page } = await open_file(browser, play, link_to({ program, variant: 'V1' }));
    await page.evaluate(() => (document.activeElement as { blur?(): void } | null)?.blur?.());
    // The thread's own processor time: what else runs on the machine does not count.
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const spent_ms = async (): Promise<{ readonly drawing: number; readonly task: number }> => {
      const { metrics } = await devtools.send('Performance.getMetrics');
      const of = (name: string) => 1000 * (metrics.find((one) => one.name === name)?.value ?? Number.NaN);
      return {
        drawing: of('ScriptDuration') + of('LayoutDuration') + of('RecalcStyleDuration'),
        task: of('TaskDuration'),
      };
    };
    const spent = async (what: () => Promise<unknown>) => {
      const before = await spent_ms();
      await what();
      const after = await spent_ms();
      return { drawing: after.drawing - before.drawing, task: after.task - before.task };
    };
    const step = (key: string) =>
      spent(() =>
        page.evaluate(async (pressed) => {
          dispatchEvent(new KeyboardEvent('keydown', { key: pressed, cancelable: true }));
          await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
        }, key),
      );
    const median = (all: number[]) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
    for (let i = 0; i < 20; i++) await step(i % 2 === 0 ? 'ArrowLeft' : 'ArrowRight');
    await step('Home');
    const steps = [];
    for (let i = 0; i < 50; i++) steps.push(await step('ArrowRight'));
    // All tasks of a step together are more than the longest of them.
    const longest = Math.max(...steps.map(({ task }) => task));
    const usual = median(steps.map(({ drawing }) => drawing));
    process.stderr.write(
      `a step: ${usual.toFixed(1)} ms of script and layout (median of ${steps.length}), ${longest.toFixed(1)} ms in tasks at most\n`,
    );
    // Wanted are 8 ms at most; it takes less than 3. Twice the work is seen here.
    expect(usual).toBeLessThan(5);
    expect(longest).toBeLessThan(50);
  });
});
