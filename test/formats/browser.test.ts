import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { profile } from '../../src/analysis/profile.ts';
import { writeModel } from '../../src/formats/model.ts';
import { allBytes } from './bytes.ts';
import { buildLibrary } from './toy/build.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Reads the chosen file on the page. */
const ON_PAGE = `(async () => {
  const [file] = document.querySelector('input').files;
  try {
    const { graph } = await cspProfile.readModel(file);
    const { network, totals, conventions } = cspProfile.profile(graph);
    return { network, totals, conventions };
  } catch (error) {
    return String(error);
  }
})()`;

/** Reads the file that it is sent, and counts the bytes that it reads of it. */
const IN_WORKER = `
  let read = 0;
  const Native = FileReaderSync;
  self.FileReaderSync = class {
    readAsArrayBuffer(blob) {
      read += blob.size;
      return new Native().readAsArrayBuffer(blob);
    }
  };
  self.onmessage = async ({ data: file }) => {
    try {
      const { graph } = await cspProfile.readModel(file);
      postMessage({ size: file.size, read, totals: cspProfile.profile(graph).totals });
    } catch (error) {
      postMessage(String(error));
    }
  };`;

/** Starts such a worker, whose program the page gets as `program`, with the chosen file. */
const THROUGH_WORKER = `new Promise((done) => {
  const worker = new Worker(URL.createObjectURL(new Blob([program.textContent])));
  worker.onmessage = ({ data }) => done(data);
  worker.onerror = ({ message }) => done(message);
  worker.postMessage(document.querySelector('input').files[0]);
})`;

let browser: Browser;
let page: Page;
const folder = mkdtempSync(join(tmpdir(), 'csp-profile-browser-'));
const network = buildNetwork('resnet10');

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) return;
  const [library, { content }] = await Promise.all([
    buildLibrary(),
    writeModel(network, 'onnx', { weights: 'zero' }),
  ]);
  writeFileSync(join(folder, 'net.onnx'), allBytes(content));
  writeFileSync(join(folder, 'net.toy'), 'toy\ninput 3x8x8\nconv 4 3x3\n');
  writeFileSync(join(folder, 'page.onnx'), '<!doctype html><title>Sign in</title>');
  writeFileSync(join(folder, 'library.js'), library);
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html><meta charset="utf-8"><script src="library.js"></script><input type="file">
    <script id="program" type="text/plain">${library}${IN_WORKER}</script>`,
  );
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  page = await browser.newPage();
  await page.goto(pathToFileURL(join(folder, 'index.html')).href);
}, 60_000);

afterAll(async () => {
  if (existsSync(CHROMIUM)) await browser.close();
  rmSync(folder, { recursive: true });
});

describe.runIf(existsSync(CHROMIUM))('the library in a browser', () => {
  /** What the page makes of the file that a user chooses. */
  async function chosen(name: string): Promise<unknown> {
    await page.setInputFiles('input', join(folder, name));
    return page.evaluate(ON_PAGE);
  }

  it('reads an ONNX file from <input type=file>, with the numbers of the network it was written from', async () => {
    const { totals } = profile(network, { flops: 'standard' });
    expect(await chosen('net.onnx')).toMatchObject({
      network: { format: 'onnx', source: 'net.onnx' },
      conventions: { flops: 'standard' },
      totals: { macs: totals.macs, weights: totals.weights, flops: totals.flops },
    });
  });

  it('knows a format that was added to the list', async () => {
    expect(await chosen('net.toy')).toMatchObject({
      network: { format: 'toy' },
      totals: { macs: 4 * 6 * 6 * 3 * 9 },
    });
  });

  it('says what is no model', async () => {
    expect(await chosen('page.onnx')).toMatch(/page\.onnx: the file is an HTML page.*CSP309/);
  });

  it('reads in a worker what it needs, and no weights', async () => {
    await page.setInputFiles('input', join(folder, 'net.onnx'));
    const { size, read, totals } = await page.evaluate<{ size: number; read: number; totals: object }>(
      THROUGH_WORKER,
    );
    expect(totals).toMatchObject({ macs: profile(network).totals.macs });
    expect(size).toBeGreaterThan(20e6);
    expect(read).toBeLessThan(size / 10);
  });
});
