import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { serveExplorer } from '../../src/cli/explorerServer.ts';
import { withState } from '../../src/explorer/state.ts';
import { writeModel } from '../../src/formats/model.ts';
import { run } from '../cli/run.ts';
import { HOSTILE, hostileNetwork } from '../report/hostile.ts';
import { builtExplorer } from './builtExplorer.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
/** Bytes of the page, compressed, without the runtime that measures. */
const LARGEST_PAGE = 450_000;

let browser: Browser;
let page: string;
const folder = mkdtempSync(join(tmpdir(), 'csp-profile-explorer-'));
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) return;
  [browser, page] = await Promise.all([
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
    builtExplorer(),
  ]);
  writeFileSync(at('explorer.html'), page);
  for (const name of ['resnet10', 'peleenet'])
    writeFileSync(
      at(`${name}.onnx`),
      bytesOf(await writeModel(buildNetwork(name, { input: 64 }), 'onnx', { weights: 'zero' })),
    );
});

afterAll(async () => {
  if (existsSync(CHROMIUM)) await browser.close();
  rmSync(folder, { recursive: true });
});

const bytesOf = ({ content }: Awaited<ReturnType<typeof writeModel>>): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : Buffer.concat([...content]);

interface Opened {
  readonly tab: Page;
  /** what must stay empty: errors and warnings of the console, requests, dialogs */
  readonly trouble: string[];
}

async function open(
  options: { readonly viewport?: typeof WIDE; readonly url?: string; readonly fragment?: string } = {},
): Promise<Opened> {
  const { viewport = WIDE, url = pathToFileURL(at('explorer.html')).href, fragment = '' } = options;
  const tab = await browser.newPage({ viewport, acceptDownloads: true });
  const trouble: string[] = [];
  tab.on('console', (message) => trouble.push(`console: ${message.text()}`));
  tab.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  tab.on('dialog', (dialog) => trouble.push(`dialog: ${dialog.message()}`));
  tab.on('request', (request) => {
    // The program of the worker is in the page; a download is handed over by it.
    if (request.isNavigationRequest() || /^(blob|data):/.test(request.url())) return;
    if (!request.url().startsWith(`${url}models/`)) trouble.push(`request: ${request.url()}`);
  });
  await tab.goto(url + fragment);
  await tab.waitForSelector('.drop');
  return { tab, trouble };
}

/** Drops files on the page, as the file manager would. */
const drop = (tab: Page, files: readonly (readonly [name: string, content: string])[]): Promise<void> =>
  tab.evaluate(`(() => {
    const data = new DataTransfer();
    for (const [name, content] of ${JSON.stringify(files)})
      data.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  })()`);

const base64 = (name: string): readonly [string, string] => [name, readFileSync(at(name)).toString('base64')];

/** The page evaluates no text, not even that of a driver that waits for something. */
const shown = (tab: Page, text: string): Promise<void> =>
  expect.poll(() => tab.title(), { timeout: 120_000 }).toContain(text);

/** What a button hands over. */
async function saved(tab: Page, name: string): Promise<string> {
  const [download] = await Promise.all([
    tab.waitForEvent('download'),
    tab.getByRole('button', { name }).click(),
  ]);
  return readFileSync(await download.path(), 'utf8');
}

const CFG =
  '[net]\nwidth=64\nheight=64\nchannels=3\n[convolutional]\nfilters=8\nsize=3\nstride=1\npad=1\nactivation=leaky\n';

describe.skipIf(!existsSync(CHROMIUM))(
  `the explorer in Chromium (${CHROMIUM}; apt-get install chromium)`,
  () => {
    it('is small enough to be sent', () => {
      expect(gzipSync(page).length).toBeLessThan(LARGEST_PAGE);
    });

    it('shows what is dropped, side by side, as the command line counts it, and sends nothing', async () => {
      const { tab, trouble } = await open();
      writeFileSync(at('net.cfg'), CFG);
      await tab.context().setOffline(true);
      await drop(tab, ['resnet10.onnx', 'peleenet.onnx', 'net.cfg'].map(base64));
      await shown(tab, 'net: 1 layers');
      expect(await tab.locator('h1:visible').textContent()).toBe('resnet10, peleenet and net');
      expect(await tab.locator('.slot').count()).toBe(3);
      expect(await tab.locator('.changed').count()).toBe(1);
      const { stdout } = await run(['analyze', 'peleenet.onnx', '--format', 'json', '--flops', 'standard'], {
        cwd: folder,
      });
      expect(await saved(tab, 'Save the profile of peleenet.onnx as JSON')).toBe(stdout);
      // As the command line would report them: the report that is saved opens by itself.
      writeFileSync(at('saved.html'), await saved(tab, 'Save as HTML'));
      const report = await browser.newPage();
      await report.goto(pathToFileURL(at('saved.html')).href);
      expect(await report.locator('h1').textContent()).toBe('resnet10, peleenet and net');
      expect(await report.locator('figure').count()).toBe(await tab.locator('figure').count());
      await report.close();
      expect(trouble).toEqual([]);
      await tab.close();
    });

    it('follows sliders and hardware, keeps what is looked at, and the address holds it', async () => {
      const { tab, trouble } = await open();
      await tab.selectOption('.drop select', 'csppeleenet');
      await shown(tab, 'csppeleenet: ');
      await tab.locator('.tile', { hasText: 'peak activations' }).click();
      await tab.getByRole('slider', { name: /^gamma/ }).focus();
      await tab.keyboard.press('ArrowLeft');
      await shown(tab, 'csppeleenet:gamma=0.45');
      await tab.getByText('Hardware and counting rules').click();
      await tab.getByLabel('Device').selectOption('jetson-tx2');
      await tab.waitForSelector('.hardware');
      expect(await tab.locator('.tile:has(:checked) .name').textContent()).toBe('peak activations');
      const { stdout } = await run([
        'analyze',
        'csppeleenet:gamma=0.45',
        '--device',
        'jetson-tx2',
        '--format',
        'json',
      ]);
      expect(await saved(tab, 'Save the profile of csppeleenet as JSON')).toBe(stdout);
      await tab.reload();
      await tab.waitForSelector('.hardware');
      expect(await tab.title()).toMatch(/^csppeleenet:gamma=0\.45: /);
      expect(trouble).toEqual([]);
      await tab.close();
    });

    it('asks for what a file leaves open, and says what is wrong as the command line does', async () => {
      writeFileSync(at('wrong.cfg'), `${CFG}[route]\nlayers=-9\n`);
      const { tab, trouble } = await open();
      await tab.setInputFiles('#files', [at('wrong.cfg')]);
      const { stderr } = await run(['analyze', 'wrong.cfg'], { cwd: folder });
      await tab.waitForSelector('.slot .error');
      expect(
        `csp-profile: ${(await tab.locator('.slot .error').textContent())?.replace('error: ', '') ?? ''}\n`,
      ).toBe(stderr);
      await tab.getByRole('button', { name: 'Remove wrong.cfg' }).click();
      writeFileSync(at('open.onnx'), openModel());
      await tab.setInputFiles('#files', [at('open.onnx')]);
      await tab.waitForSelector('.ports');
      await tab.getByLabel('N', { exact: true }).fill('3');
      await tab.keyboard.press('Tab');
      await shown(tab, 'open: 1 layers');
      const { stdout } = await run(['analyze', 'open.onnx', '--bind', 'N=3', '--format', 'json'], {
        cwd: folder,
      });
      expect(await saved(tab, 'Save the profile of open.onnx as JSON')).toBe(stdout);
      expect(trouble).toEqual([]);
      await tab.close();
    });

    it('lets no name of a file act', async () => {
      const { tab, trouble } = await open();
      const content = bytesOf(await writeModel(hostileNetwork(HOSTILE[0]!), 'json'));
      await drop(tab, [
        ['<img src=x onerror=window.hacked=1>.json', Buffer.from(content).toString('base64')],
      ]);
      await tab.waitForSelector('.tiles');
      expect(await tab.evaluate('window.hacked')).toBeUndefined();
      expect(await tab.locator('body').innerText()).toContain(HOSTILE[4]);
      expect(trouble).toEqual([]);
      await tab.close();
    });

    it('reads the parts that it needs of a file of 1.5 GB', async () => {
      const name = at('large.onnx');
      writeLargeModel(name);
      const { tab, trouble } = await open();
      await tab.setInputFiles('#files', [name]);
      await shown(tab, 'large: 1 layers');
      const { stdout } = await run(['analyze', 'large.onnx', '--format', 'json'], { cwd: folder });
      expect(await saved(tab, 'Save the profile of large.onnx as JSON')).toBe(stdout);
      expect(JSON.parse(stdout)).toMatchObject({ totals: { macs: 16_384 * 24_576 } });
      expect(trouble).toEqual([]);
      await tab.close();
      rmSync(name);
    });

    it('holds 5,000 layers, of which only those in sight are in the page', async () => {
      writeFileSync(
        at('deep.cfg'),
        CFG + '[convolutional]\nfilters=8\nsize=1\nactivation=leaky\n'.repeat(4999),
      );
      const { tab, trouble } = await open();
      await tab.setInputFiles('#files', [at('deep.cfg')]);
      await shown(tab, 'deep: 5000 layers');
      expect(await tab.locator('.scroll tbody tr').count()).toBeLessThan(100);
      expect(trouble).toEqual([]);
      await tab.close();
    });

    it('opens what the command serves, by ranges, and is isolated there', async () => {
      const served = await serveExplorer({ page, models: [at('resnet10.onnx')] });
      const fragment = withState('', {
        networks: [{ kind: 'file', name: 'resnet10.onnx', options: {}, served: 0 }],
        settings: {},
      });
      const { tab, trouble } = await open({ url: served.url, fragment });
      await shown(tab, 'resnet10: ');
      expect(await tab.evaluate('crossOriginIsolated')).toBe(true);
      expect(trouble).toEqual([]);
      await tab.close();
      await served.close();
    });

    it('is accessible, light and dark, wide and narrow, before and after', async () => {
      const { tab, trouble } = await open();
      await tab.evaluate(axe.source);
      const check = async (): Promise<void> => {
        for (const [colorScheme, viewport] of [
          ['light', WIDE],
          ['dark', NARROW],
        ] as const) {
          await tab.emulateMedia({ colorScheme });
          await tab.setViewportSize(viewport);
          const seen = await tab.evaluate<Record<string, unknown>>(`(async () => {
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          const { violations } = await axe.run();
          return {
            violations: violations.map(({ id, nodes }) => [id, ...nodes.map(({ target }) => String(target))].join(' ')),
            width: document.documentElement.scrollWidth,
          };
        })()`);
          expect(seen, colorScheme).toEqual({ violations: [], width: viewport.width });
        }
      };
      await check();
      writeFileSync(at('wrong.cfg'), 'nonsense');
      writeFileSync(at('open.onnx'), openModel());
      await tab.setInputFiles('#files', [at('wrong.cfg'), at('open.onnx'), at('resnet10.onnx')]);
      await tab.selectOption('.drop select', 'csppeleenet');
      await shown(tab, 'csppeleenet: ');
      await tab.getByText('Hardware and counting rules').click();
      await check();
      // Without a pointer: the first stop is the button that chooses files.
      await tab.evaluate('document.activeElement.blur(); scrollTo(0, 0)');
      await tab.keyboard.press('Tab');
      const stops: string[] = [];
      for (let i = 0; i < 4; i++) {
        stops.push(await tab.evaluate<string>('document.activeElement.textContent.slice(0, 20)'));
        await tab.keyboard.press('Tab');
      }
      expect(stops).toContain('Choose files');
      expect(trouble).toEqual([]);
      await tab.close();
    });
  },
);

const text = new TextEncoder();

/** A field of a protobuf message: a number, or bytes. */
function proto(field: number, value: number | string | Uint8Array): Uint8Array {
  if (typeof value === 'number') return Uint8Array.from([...varint(field << 3), ...varint(value)]);
  const bytes = typeof value === 'string' ? text.encode(value) : value;
  return Uint8Array.from([...varint((field << 3) | 2), ...varint(bytes.length), ...bytes]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

const join8 = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

const port = (name: string, ...extents: readonly (number | string)[]): Uint8Array => {
  const dims = extents.map((extent) =>
    proto(1, typeof extent === 'number' ? proto(1, extent) : proto(2, extent)),
  );
  return join8(proto(1, name), proto(2, proto(1, join8(proto(1, 1), proto(2, join8(...dims))))));
};

const model = (graph: Uint8Array): Uint8Array => join8(proto(1, 8), proto(8, proto(2, 17)), proto(7, graph));

/** N x 4 times 4 x 2. */
const openModel = (): Uint8Array =>
  model(
    join8(
      proto(1, join8(proto(1, 'x'), proto(1, 'w'), proto(2, 'y'), proto(3, 'product'), proto(4, 'MatMul'))),
      proto(2, 'open'),
      proto(5, join8(proto(1, 4), proto(1, 2), proto(2, 1), proto(8, 'w'), proto(9, new Uint8Array(32)))),
      proto(11, port('x', 'N', 4)),
      proto(12, port('y', 'N', 2)),
    ),
  );

/** A product with 1.6 GB of weights, which are a hole in the file. */
function writeLargeModel(path: string): void {
  const weights = 16_384 * 24_576 * 4;
  const head = join8(
    proto(1, 16_384),
    proto(1, 24_576),
    proto(2, 1),
    proto(8, 'w'),
    Uint8Array.from([0x4a, ...varint(weights)]),
  );
  const before = join8(
    proto(1, join8(proto(1, 'x'), proto(1, 'w'), proto(2, 'y'), proto(3, 'product'), proto(4, 'MatMul'))),
    proto(2, 'large'),
    proto(11, port('x', 1, 16_384)),
    proto(12, port('y', 1, 24_576)),
  );
  const tensor = Uint8Array.from([0x2a, ...varint(head.length + weights)]);
  const graph = before.length + tensor.length + head.length + weights;
  const start = join8(
    proto(1, 8),
    proto(8, proto(2, 17)),
    Uint8Array.from([0x3a, ...varint(graph)]),
    before,
    tensor,
    head,
  );
  const file = openSync(path, 'w');
  writeSync(file, start);
  ftruncateSync(file, start.length + weights);
  closeSync(file);
}
