import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { diff } from '../../src/analysis/diff.ts';
import { readMeasurement } from '../../src/analysis/measurement/read.ts';
import { profile, type Profile } from '../../src/analysis/profile.ts';
import { standalone } from '../../src/report/charts/chart.ts';
import { CHARTS } from '../../src/report/charts/registry.ts';
import { renderSvg } from '../../src/report/charts/svg.ts';
import { accuracyTables } from '../../src/library/accuracy.ts';
import { formatSeconds } from '../../src/report/device/format.ts';
import { formatCount, plain } from '../../src/report/format.ts';
import { toVega } from '../../src/report/html/compile.ts';
import { renderPage } from '../../src/report/html/render.ts';
import { NEXT_FRAME, builtPage } from './builtPage.ts';
import { HOSTILE, hostileNetwork } from './hostile.ts';
import { deepProfile, viewOf, zooProfile } from './samples.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };

let browser: Browser;
let template: string;
const folder = mkdtempSync(join(tmpdir(), 'csp-profile-report-'));

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) return;
  [browser, template] = await Promise.all([
    chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    }),
    builtPage(),
  ]);
});

afterAll(async () => {
  if (existsSync(CHROMIUM)) await browser.close();
  rmSync(folder, { recursive: true });
});

interface Opened {
  readonly page: Page;
  /** what must stay empty: errors and warnings of the console, requests, dialogs */
  readonly trouble: readonly string[];
}

async function open(
  name: string,
  content: string | Promise<string>,
  options: { readonly viewport?: typeof WIDE; readonly colorScheme?: 'light' | 'dark' } = {},
): Promise<Opened> {
  const path = join(folder, name);
  writeFileSync(path, await content);
  const page = await browser.newPage({ viewport: WIDE, ...options });
  const trouble: string[] = [];
  page.on('console', (message) => trouble.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => trouble.push(`dialog: ${dialog.message()}`));
  const home = pathToFileURL(folder).href;
  page.on('request', (request) => {
    if (!(request.isNavigationRequest() && request.url().startsWith(home)))
      trouble.push(`request: ${request.url()}`);
  });
  await page.goto(pathToFileURL(path).href);
  await page.bringToFront();
  return { page, trouble };
}

const report = (profiles: readonly Profile[]): Promise<string> =>
  renderPage(template, viewOf(profiles, 'flops', { accuracy: accuracyTables(profiles) }), () =>
    Promise.resolve(toVega),
  );

/** Brings every chart near enough to the window to be drawn. */
/** A window that Chromium never draws is opened anew. */
const STALLS = { retry: 2, timeout: 100_000 };

async function drawAll(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    // Charts are drawn one after the other, where they are in sight.
    const isAwaited = (figure) => {
      const { top, bottom } = figure.getBoundingClientRect();
      return top < innerHeight && bottom > 0 && figure.querySelector('svg, canvas') === null;
    };
    for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
      scrollTo(0, y);
      do await ${NEXT_FRAME};
      while ([...document.querySelectorAll('figure:not([hidden])')].some(isAwaited));
    }
    scrollTo(0, 0);
  })()`);
}

/** One of the marks of a chart, in the order of the layers of its specification. */
const marks = (page: Page, chart: string, layer: number) =>
  page.locator(`#${chart} .layer_${String(layer)}_marks path`);

const selectedRow = (page: Page) => page.locator('tr[aria-selected="true"]');

/** Title and values of the tooltip. */
async function tooltip(page: Page): Promise<ReadonlyMap<string, string>> {
  const labels = await page.locator('.tooltip dt').allTextContents();
  const values = await page.locator('.tooltip dd').allTextContents();
  const title = await page.locator('.tooltip strong').allTextContents();
  return new Map([['title', title.join()], ...labels.map((label, i) => [label, values[i] ?? ''] as const)]);
}

describe.skipIf(!existsSync(CHROMIUM))(
  `a report in Chromium (${CHROMIUM}; apt-get install chromium)`,
  STALLS,
  () => {
    const one = zooProfile('cspresnext50');
    const two = [zooProfile('resnext50'), one] as const;

    it.each([
      ['one network', [one], 9],
      ['two networks', two, 12],
    ] as const)(
      'of %s is drawn, silent and accessible, light and dark, wide and narrow',
      async (_, profiles, charts) => {
        const { page, trouble } = await open('report.html', report(profiles));
        await page.evaluate(axe.source);
        await drawAll(page);
        for (const [colorScheme, viewport] of [
          ['light', WIDE],
          ['dark', WIDE],
          ['dark', NARROW],
          ['light', NARROW],
        ] as const) {
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize(viewport);
          const seen = await page.evaluate<Record<string, unknown>>(`(async () => {
        await ${NEXT_FRAME};
        const { violations } = await axe.run();
        const figures = [...document.querySelectorAll('figure:not([hidden])')];
        const right = (element) => element.getBoundingClientRect().right;
        return {
          violations: violations.map(({ id, nodes }) => [id, ...nodes.map(({ target }) => String(target))].join(' ')),
          charts: figures.length,
          overflowing: figures.filter((figure) => right(figure.querySelector('svg')) > right(figure)).map(({ id }) => id),
          width: document.documentElement.scrollWidth,
          ink: getComputedStyle(document.body).color,
          bar: document.querySelector('#layers .layer_0_marks path').getAttribute('fill'),
        };
      })()`);
          const colors =
            colorScheme === 'dark' ? ['rgb(233, 236, 239)', '#6cb6ff'] : ['rgb(22, 25, 29)', '#0b6bb8'];
          expect(seen, `${colorScheme}, ${String(viewport.width)} px`).toEqual({
            violations: [],
            charts,
            overflowing: [],
            // Nothing but the tables scrolls sideways.
            width: viewport.width,
            ink: colors[0],
            bar: colors[1],
          });
        }
        expect(trouble).toEqual([]);
        await page.close();
      },
    );

    it('draws a bar for each layer, as high as its FLOPs, and tells them exactly', async () => {
      const { page } = await open('report.html', report([one]));
      const bars = marks(page, 'layers', 0);
      const known = one.layers.filter(({ flops }) => flops !== undefined);
      expect(await bars.count()).toBe(known.length);
      await page.locator('#layers').scrollIntoViewIfNeeded();
      const most = Math.max(...known.map(({ flops }) => flops ?? Number.NaN));
      const boxes = await page.evaluate<{ x: number; y: number; width: number; height: number }[]>(
        `[...document.querySelectorAll('#layers .layer_0_marks path')].map((bar) => bar.getBoundingClientRect().toJSON())`,
      );
      const highest = Math.max(...boxes.map(({ height }) => height));
      const bottom = Math.max(...boxes.map(({ y, height }) => y + height));
      for (const [i, row] of known.entries()) {
        const { x, width, height } = boxes[i]!;
        expect(height / highest, row.name).toBeCloseTo(row.flops! / most, 2);
        await page.mouse.move(x + width / 2, bottom - 2);
        const told = await tooltip(page);
        expect(told.get('title')).toBe(`#${String(row.index)} ${row.name}`);
        expect(told.get('FLOPs')?.replaceAll(',', '')).toBe(String(row.flops));
      }
      await page.close();
    });

    it('links the table and every chart, both ways', async () => {
      const { page } = await open('report.html', report(two));
      await drawAll(page);
      // From a chart: the largest bar of the second network.
      const bar = marks(page, 'layers', 0).nth(two[0].layers.length + 19);
      await bar.scrollIntoViewIfNeeded();
      await bar.click({ force: true });
      await expect.poll(() => selectedRow(page).count()).toBeLessThanOrEqual(1);
      const bar19 = page.locator('.selection');
      expect(await bar19.locator('strong').textContent()).toBe('#19 conv19');
      expect(await bar19.textContent()).toContain('536,870,912');
      await bar19.getByRole('button', { name: 'Show in table' }).click();
      expect(await selectedRow(page).locator('td').allTextContents()).toEqual(
        expect.arrayContaining(['19', 'cspresnext50', 'conv19', '536.9 M']),
      );
      // From the table: another row marks its layer in each chart that shows layers.
      await page.locator('tr[data-id]').filter({ hasText: 'conv20' }).last().click();
      await drawAll(page);
      for (const [chart, layer, count] of [
        ['layers', 4, 1],
        ['breakdown', 3, 1],
        ['cumulative', 1, 1],
        ['histogram-flops', 1, 1],
        ['input-output1', 2, 2],
        ['activation-memory', 4, 1],
      ] as const) {
        const mark = page.locator(`#${chart} .layer_${String(layer)}_marks`).locator('path, line');
        await expect.poll(() => mark.count(), { message: chart }).toBe(count);
      }
      // Not in the panel of the other network.
      expect(await marks(page, 'input-output', 2).count()).toBe(0);
      await page.keyboard.press('Escape');
      await expect.poll(() => selectedRow(page).count()).toBe(0);
      await page.close();
    });

    it('has a table to search, narrow, sort and walk through', async () => {
      const { page } = await open('report.html', report(two));
      const count = page.locator('.count');
      const choice = (label: string) => page.locator('.boxes label', { hasText: label }).locator('select');
      const cells = (column: number) =>
        page.locator(`tr[data-id] td:nth-child(${String(column)})`).allTextContents();
      const layers = two.flatMap((each) => each.layers);
      expect(await count.textContent()).toBe(`${String(layers.length)} of ${String(layers.length)} layers`);

      await page.getByRole('searchbox').fill('CONV 7x7');
      expect(await count.textContent()).toBe(`2 of ${String(layers.length)} layers`);
      await page.getByRole('searchbox').fill('');
      await choice('Network').selectOption('cspresnext50');
      await choice('Kind').selectOption('add');
      const adds = one.layers.filter(({ kind }) => kind === 'add');
      expect(await count.textContent()).toBe(`${String(adds.length)} of ${String(layers.length)} layers`);
      expect(await cells(3)).toEqual(adds.map(({ name }) => name));
      await choice('Kind').selectOption('');
      await choice('Network').selectOption('');

      // A bar of a stage and kind stands for its layers.
      await drawAll(page);
      const segment = marks(page, 'breakdown', 0).first();
      await segment.scrollIntoViewIfNeeded();
      await segment.click({ force: true });
      expect(await choice('Network').inputValue()).toBe('resnext50');
      expect(await choice('Kind').inputValue()).toBe('conv 1x1');
      const stage = await choice('Stage').inputValue();
      expect((await cells(6)).every((cell) => cell === stage)).toBe(true);
      for (const label of ['Network', 'Stage', 'Kind']) await choice(label).selectOption('');
      expect(await count.textContent()).toBe(`${String(layers.length)} of ${String(layers.length)} layers`);

      // A bar of a histogram stands for the layers in its class: here the third of ten up to 536,870,912 FLOPs.
      const bar = marks(page, 'histogram-flops', 0).nth(10 + 2);
      await bar.scrollIntoViewIfNeeded();
      await bar.click({ force: true });
      const between = one.layers.filter(
        ({ flops }) => flops !== undefined && flops >= 107374182.4 && flops < 161061273.6,
      );
      expect(between).toHaveLength(35);
      expect(await choice('Network').inputValue()).toBe('cspresnext50');
      expect(await cells(3)).toEqual(between.map(({ name }) => name));
      const chosen = page.getByRole('button', { name: 'Show all, not only FLOPs 107.4 M – 161.1 M' });
      await chosen.click();
      expect(await count.textContent()).toBe(`84 of ${String(layers.length)} layers`);
      expect(await chosen.isVisible()).toBe(false);
      // The last class holds the largest layer, too.
      await marks(page, 'histogram-flops', 0).nth(9).click({ force: true });
      expect(await cells(3)).toEqual(
        two[0].layers.filter(({ flops }) => flops === 536870912).map(({ name }) => name),
      );
      await page.getByRole('button', { name: /, not only/ }).click();
      await choice('Network').selectOption('');

      const heading = page.getByRole('columnheader', { name: 'FLOPs', exact: true });
      await heading.getByRole('button').click();
      expect(await heading.getAttribute('aria-sort')).toBe('descending');
      const costs = layers.flatMap(({ flops }) => flops ?? []).sort((a, b) => b - a);
      expect((await cells(8)).slice(0, 9)).toEqual(costs.slice(0, 9).map(formatCount));
      await page.keyboard.press('Enter');
      expect(await heading.getAttribute('aria-sort')).toBe('ascending');

      const grid = page.getByRole('grid');
      await grid.focus();
      await page.keyboard.press('End');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Enter');
      const id = await grid.getAttribute('aria-activedescendant');
      expect(await selectedRow(page).getAttribute('id')).toBe(id);
      expect(await selectedRow(page).getAttribute('aria-rowindex')).toBe(String(layers.length));
      await page.keyboard.press('Escape');
      expect(await selectedRow(page).count()).toBe(0);
      await page.close();
    });

    it('shows any metric, from any baseline', async () => {
      const { page, trouble } = await open('report.html', report(two));
      await drawAll(page);
      const tile = page.locator('.tile', { hasText: 'CIO' });
      expect(await tile.textContent()).toContain('−5.1 %');
      await tile.click();
      expect(await page.locator('#layers h3').textContent()).toBe('CIO per layer');
      const counted = two.flatMap((each) => each.layers).filter(({ cio }) => cio !== undefined);
      expect(await marks(page, 'layers', 0).count()).toBe(counted.length);
      expect(await page.locator('#changes-by-stage').textContent()).toContain(
        'From resnext50 to cspresnext50',
      );

      const { layers, unchanged } = diff(two[0], one);
      const [changed, added, removed] = [
        layers.filter(({ a, b }) => a !== undefined && b !== undefined).length,
        layers.filter(({ a }) => a === undefined).length,
        layers.filter(({ b }) => b === undefined).length,
      ].map(String) as [string, string, string];
      const same = `${String(unchanged)} the same in everything`;
      const counts = page.locator('.changed > p');
      expect(await counts.textContent()).toBe(
        `${changed} changed, ${added} added, ${removed} removed, ${same}`,
      );

      await page.locator('.counting select').selectOption('cspresnext50');
      expect(await counts.textContent()).toBe(
        `${changed} changed, ${removed} added, ${added} removed, ${same}`,
      );
      expect(await tile.textContent()).toContain('+5.4 %');
      expect(await page.locator('#changes-by-stage').textContent()).toContain(
        'From cspresnext50 to resnext50',
      );
      expect(await page.locator('.changed th').allTextContents()).toEqual([
        'stage',
        'cspresnext50',
        'resnext50',
        'CIO was',
        'is',
        'change',
      ]);

      // What a peak is made of cannot be added up: charts of sums step aside.
      await page.locator('.tile', { hasText: 'peak activations' }).click();
      expect(await page.locator('#cumulative').isVisible()).toBe(false);
      expect(await page.locator('#layers h3').textContent()).toBe('Peak activations per layer, in MiB');
      expect(trouble).toEqual([]);
      await page.close();
    });

    it('begins with what follows from the numbers, each layer in it a way to that layer', async () => {
      const { page, trouble } = await open('report.html', report(two));
      const said = await page.locator('.conclusions .verdicts li').allTextContents();
      expect(said).toEqual([
        'cspresnext50 is cheaper than resnext50: FLOPs -21.6 %, CIO -5.1 %, weights -7.6 %, peak activations -20.0 %.',
        'FLOPs fall most in stage 1/16 (-1.209 G, 52.1 % of what falls); only stage 1/32 (+134.0 M) grows, most in #80 1x1.',
      ]);
      await page.locator('.verdicts .mention').click();
      expect(await page.locator('.selection strong').textContent()).toBe('#80 conv80');
      await page.getByLabel('Baseline').selectOption('cspresnext50');
      expect(await page.locator('.conclusions .verdicts li').first().textContent()).toMatch(
        /^resnext50 costs more than cspresnext50: FLOPs \+27\.5 %/,
      );
      expect(trouble).toEqual([]);
      await page.close();
    });

    it('keeps what is looked at in its address, and lets a filter be cleared', async () => {
      const { page } = await open('report.html', report([one]));
      await page.locator('.tile', { hasText: 'CIO' }).click();
      await page.getByRole('searchbox').fill('conv1');
      await page.locator('th button', { hasText: 'FLOPs' }).click();
      expect(new URL(page.url()).hash).toBe('#metric=cio&sort=-flops&text=conv1');
      await page.reload();
      expect(await page.locator('#layers h3').textContent()).toBe('CIO per layer');
      expect(await page.getByRole('searchbox').inputValue()).toBe('conv1');
      expect(await page.locator('th[aria-sort="descending"]').textContent()).toContain('FLOPs');
      await page.getByRole('button', { name: 'clear' }).click();
      expect(await page.locator('.count').textContent()).toBe(
        `${String(one.layers.length)} of ${String(one.layers.length)} layers`,
      );
      await page.close();
    });

    it('says where inputs differ', async () => {
      const small = profile(buildNetwork('resnext50', { input: 224 }));
      const { page } = await open('report.html', report([two[0], small]));
      expect(await page.locator('h1').textContent()).toBe('resnext50@256x256 and resnext50@224x224');
      expect(await page.locator('.notice').allTextContents()).toEqual([
        'The inputs of these networks differ: part of every difference is that.',
      ]);
      await page.close();
    });

    it('follows the colours of the system, and prints everything dark on light', async () => {
      const { page, trouble } = await open('report.html', report([one]), { colorScheme: 'dark' });
      const fill = () => marks(page, 'layers', 0).first().getAttribute('fill');
      await page.emulateMedia({ colorScheme: 'light' });
      await expect.poll(fill).toBe('#0b6bb8');
      await page.emulateMedia({ colorScheme: 'dark' });
      await expect.poll(fill).toBe('#6cb6ff');
      await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
      expect(await page.locator('tr[data-id]').count()).toBe(Math.min(60, one.layers.length));
      expect(await page.locator('figure:not([hidden]) svg').count()).toBe(9);
      expect(await fill()).toBe('#0b6bb8');
      await page.evaluate(`dispatchEvent(new Event('afterprint'))`);
      expect(await fill()).toBe('#6cb6ff');
      expect(trouble).toEqual([]);
      await page.close();
    });

    it('hands out its charts as files', async () => {
      const { page, trouble } = await open('report.html', report(two), { colorScheme: 'dark' });
      for (const format of ['svg', 'png'] as const) {
        const download = page.waitForEvent('download');
        await page
          .locator('#layers')
          .getByRole('button', { name: `Save as ${format.toUpperCase()}` })
          .click({ force: true });
        const saved = await download;
        expect(saved.suggestedFilename()).toBe(`layers.${format}`);
        const path = join(folder, saved.suggestedFilename());
        await saved.saveAs(path);
        const bytes = readFileSync(path);
        if (format === 'png') expect(bytes.subarray(1, 4).toString()).toBe('PNG');
        else expect(bytes.toString()).toMatch(/^<svg[^]*#0b6bb8[^]*FLOPs per layer[^]*<\/svg>$/);
      }
      expect(trouble).toEqual([]);
      await page.close();
    });

    it('keeps up with 5,000 layers, and compares them', async () => {
      const deep = [deepProfile(1000, 16), deepProfile(5000, 24)];
      const { page, trouble } = await open('deep.html', report(deep));
      await drawAll(page);
      expect(await page.locator('figure:not([hidden]) canvas').count()).toBeGreaterThan(10);
      expect(await page.locator('.count').textContent()).toBe('6000 of 6000 layers');
      expect(await page.locator('tr[data-id]').count()).toBeLessThan(60);
      await page.getByRole('grid').focus();
      await page.keyboard.press('End');
      expect(await page.locator('tr[data-id]').last().textContent()).toContain('conv4999');
      await page.keyboard.press('Enter');
      expect(await page.locator('.selection strong').textContent()).toBe('#4999 conv4999');
      // The right end of the chart is the last layer.
      await page.locator('#layers').scrollIntoViewIfNeeded();
      await page.locator('#layers canvas').hover({ position: { x: 1160, y: 60 }, force: true });
      await expect.poll(async () => (await tooltip(page)).get('title')).toBe('#4999 conv4999');
      expect(trouble).toEqual([]);
      await page.close();
    });

    it('shows hostile names as text', async () => {
      const hostile = ['</script><script>window.hacked=1</script>', "{{constructor}} datum['x'] <!--data-->"];
      const profiles = hostile.map((name) => profile(hostileNetwork(name)));
      const { page, trouble } = await open('hostile.html', report(profiles));
      await drawAll(page);
      expect(await page.title()).toBe(`${hostile.map(plain).join(' and ')} – csp-profile`);
      expect(await page.locator('h1').textContent()).toBe(hostile.map(plain).join(' and '));
      // Only the rows in sight are in the page.
      const names = await page.evaluate(`(async () => {
      const found = new Map();
      const scroller = document.querySelector('tr[data-id]').closest('table').parentElement;
      for (let top = 0; top <= scroller.scrollHeight; top += 200) {
        scroller.scrollTop = top;
        await ${NEXT_FRAME};
        for (const row of document.querySelectorAll('tr[data-id]'))
          found.set(Number(row.dataset.id), row.children[2].textContent);
      }
      return [...found].sort(([a], [b]) => a - b).map(([, name]) => name);
    })()`);
      const shown = HOSTILE.flatMap((name) => [plain(name), plain(name)]);
      expect(names).toEqual([...shown, ...shown]);
      // In a tooltip, in the selection, in charts.
      const bar = marks(page, 'layers', 0).first();
      await bar.scrollIntoViewIfNeeded();
      await bar.hover({ force: true });
      expect((await tooltip(page)).get('title')).toBe(`#0 ${plain(HOSTILE[0]!)}`);
      await bar.click({ force: true });
      expect(await page.locator('.selection code').textContent()).toContain(plain(HOSTILE[0]!));
      expect(await page.locator('#layers svg').textContent()).toContain(plain(hostile[0]!));
      expect(await page.evaluate('window.hacked')).toBeUndefined();
      expect(trouble).toEqual([]);
      await page.close();

      const view = viewOf(profiles);
      const { page: picture, trouble: none } = await open(
        'empty.svg',
        '<svg xmlns="http://www.w3.org/2000/svg"/>',
      );
      for (const chart of CHARTS.filter((each) => each.panels(view.report) > 0)) {
        const path = join(folder, `${chart.id}.svg`);
        writeFileSync(path, await renderSvg(standalone(chart, view)));
        await picture.goto(pathToFileURL(path).href);
        expect(await picture.evaluate('document.documentElement.localName'), chart.id).toBe('svg');
        const active = 'document.querySelectorAll("script, image, a, foreignObject, style").length';
        expect(await picture.evaluate(active)).toBe(0);
        expect(await picture.evaluate('window.hacked')).toBeUndefined();
      }
      expect(none).toEqual([]);
      await picture.close();
    });

    it('lists the layers that were measured to compute at the lowest rate', async () => {
      const file = 'reports/measured/cspmobilenet-v2.json';
      const measurement = readMeasurement(JSON.parse(readFileSync(file, 'utf8')), file);
      const { layers } = measurement.networks[1]!;
      const view = viewOf([zooProfile('cspmobilenet-v2')], 'flops', { measurement });
      const { page, trouble } = await open(
        'measured.html',
        await renderPage(template, view, () => Promise.resolve(toVega)),
      );
      // The measured time is a metric like any other, with its interval.
      const { latency } = measurement.networks[1]!;
      const tile = page.locator('.tile', { hasText: 'measured time' });
      expect(await tile.locator('b').textContent()).toBe(formatSeconds(latency.ns / 1e9));
      expect(await tile.locator('.interval').textContent()).toBe(
        latency.interval!.map((end) => formatSeconds(end / 1e9)).join(' to '),
      );
      expect(await page.locator('.conclusions li').first().textContent()).toContain(
        `${formatSeconds(latency.ns / 1e9)} (${latency.interval!.map((end) => formatSeconds(end / 1e9)).join(' to ')} at 95 % confidence) measured on `,
      );
      await tile.click();
      await page.locator('th button', { hasText: 'measured' }).click();
      const longest = layers.reduce((most, each) => (each.ns > most.ns ? each : most));
      expect(await page.locator('tr[data-id] td').first().textContent()).toBe(String(longest.index));
      const table = page.locator('.slowest table');
      const cells = await table.locator('tbody tr').allInnerTexts();
      const whole = layers.reduce((sum, { ns }) => sum + ns, 0);
      const rates = layers
        .filter(({ ns, flops }) => ns >= whole / 100 && flops !== undefined && flops > 0)
        .map(({ index, name, ns, flops }) => ({ text: `#${String(index)} ${name}`, rate: flops! / ns }))
        .sort((a, b) => a.rate - b.rate);
      expect(cells.map((row) => row.split('\t').filter((_, i) => i === 0 || i === 5))).toEqual(
        rates.slice(0, 10).map(({ text, rate }) => [text, rate.toFixed(1)]),
      );
      expect(trouble).toEqual([]);
      await page.close();
    });
  },
);
