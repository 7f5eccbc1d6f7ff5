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
import { chromium, type Browser, type Page } from 'playwright-core';
import { buildNetwork } from '../../architectures/zoo.ts';
import { writeModel } from '../../src/formats/model.ts';
import { builtExplorer } from './builtExplorer.ts';

export const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 390, height: 844 };

/** The browser, and the page that it opens; there from `start` on. */
export let browser: Browser;
export let page: string;
export const folder = mkdtempSync(join(tmpdir(), 'csp-profile-explorer-'));
export const at = (name: string): string => join(folder, name);

export async function start(options: { readonly webgpu?: boolean } = {}): Promise<void> {
  if (!existsSync(CHROMIUM)) return;
  [browser, page] = await Promise.all([
    chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        options.webgpu === true ? '--enable-unsafe-webgpu' : '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    }),
    builtExplorer(),
  ]);
  writeFileSync(at('explorer.html'), page);
}

/** Small networks as ONNX files, with the weights that nobody reads. */
export async function writeNetworks(): Promise<void> {
  for (const name of ['resnet10', 'peleenet'])
    writeFileSync(
      at(`${name}.onnx`),
      bytesOf(await writeModel(buildNetwork(name, { input: 64 }), 'onnx', { weights: 'zero' })),
    );
}

export async function end(): Promise<void> {
  if (existsSync(CHROMIUM)) await browser.close();
  rmSync(folder, { recursive: true });
}

export const bytesOf = ({ content }: Awaited<ReturnType<typeof writeModel>>): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : Buffer.concat([...content]);

export interface Opened {
  readonly tab: Page;
  /** what must stay empty: errors and warnings of the console, requests, dialogs */
  readonly trouble: string[];
}

export async function open(
  options: {
    readonly viewport?: typeof WIDE;
    readonly url?: string;
    readonly fragment?: string;
    /** addresses that the page may ask for */
    readonly own?: RegExp;
  } = {},
): Promise<Opened> {
  const {
    viewport = WIDE,
    url = pathToFileURL(at('explorer.html')).href,
    fragment = '',
    own = /\/models\//,
  } = options;
  const tab = await browser.newPage({ viewport, acceptDownloads: true });
  const trouble: string[] = [];
  tab.on('console', (message) => trouble.push(`console: ${message.text()}`));
  tab.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  tab.on('dialog', (dialog) => trouble.push(`dialog: ${dialog.message()}`));
  tab.on('request', (request) => {
    // The program of the worker is in the page; a download is handed over by it.
    if (request.isNavigationRequest() || /^(blob|data):/.test(request.url())) return;
    if (!(request.url().startsWith(url) && own.test(request.url())))
      trouble.push(`request: ${request.url()}`);
  });
  await tab.goto(url + fragment);
  await tab.waitForSelector('.drop');
  return { tab, trouble };
}

/** Drops files on the page, as the file manager would. */
export const drop = (
  tab: Page,
  files: readonly (readonly [name: string, content: string])[],
): Promise<void> =>
  tab.evaluate(`(() => {
    const data = new DataTransfer();
    for (const [name, content] of ${JSON.stringify(files)})
      data.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  })()`);

export const base64 = (name: string): readonly [string, string] => [
  name,
  readFileSync(at(name)).toString('base64'),
];

/** Milliseconds until a page that does not show what it should has failed. */
const PATIENCE = 120_000;

/** Waits, since the page evaluates no text, not even that of a driver that waits for something. */
export async function until(what: string, holds: () => Promise<boolean>, patience = PATIENCE): Promise<void> {
  for (const end = performance.now() + patience; !(await holds());) {
    if (performance.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((later) => setTimeout(later, 20));
  }
}

export const shown = (tab: Page, text: string): Promise<void> =>
  until(`"${text}" in the title`, async () => (await tab.title()).includes(text));

/** What a button hands over. */
export async function saved(tab: Page, name: string | RegExp): Promise<string> {
  const [download] = await Promise.all([
    tab.waitForEvent('download'),
    tab.getByRole('button', { name }).click(),
  ]);
  return readFileSync(await download.path(), 'utf8');
}

export const CFG =
  '[net]\nwidth=64\nheight=64\nchannels=3\n[convolutional]\nfilters=8\nsize=3\nstride=1\npad=1\nactivation=leaky\n';

/** 5,000 layers. */
export const writeDeep = (path: string): void => {
  writeFileSync(path, CFG + '[convolutional]\nfilters=8\nsize=1\nactivation=leaky\n'.repeat(4999));
};

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
export const openModel = (): Uint8Array =>
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
export function writeLargeModel(path: string): void {
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
