import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, transform } from 'esbuild';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { writeModel } from '../../src/formats/model.ts';
import { run } from '../cli/run.ts';
import { allBytes } from '../formats/bytes.ts';
import { builtPage } from '../report/builtPage.ts';
import { define } from '../tools/build/constants.mjs';

const README = readFileSync('README.md', 'utf8');

interface Block {
  readonly title: string;
  readonly text: string;
}

const blocks = (language: string): Block[] =>
  [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ({ 1: text = '' }) => ({
      title: text.split('\n').find((line) => line !== '') ?? '',
      text,
    }),
  );

/** `expression; // value` becomes a check that the expression has the value. */
const withChecks = (text: string): string =>
  text.replace(
    /^(.+); \/\/ (.+)$/gm,
    (_, expression: string, value: string) => `checks.push([${expression}, ${value}]);`,
  );

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

const folder = mkdtempSync(join(tmpdir(), 'csp-profile-readme-'));
/** The file that the examples read. */
const file = join(folder, 'net.onnx');

beforeAll(async () => {
  const network = { ...buildNetwork('resnet10'), name: 'net' };
  const { content } = await writeModel(network, 'onnx', { weights: 'zero' });
  writeFileSync(file, allBytes(content));
  await build({
    entryPoints: ['src/index.ts'],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    define: { ...define, CSP_PROFILE_REPORT_HTML: JSON.stringify(await builtPage()) },
    logLevel: 'error',
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

/** The file to a program of the README, in which the library stands for the package. */
async function program(text: string, name: string): Promise<string> {
  const { code } = await transform(text.replace("from 'csp-profile'", "from './index.js'"), { loader: 'ts' });
  const path = join(folder, name);
  writeFileSync(path, code);
  return pathToFileURL(path).href;
}

describe('examples of the README', () => {
  it.each(blocks('ts').map(({ title, text }, i) => [`${String(i + 1)}: ${title}`, text, i] as const))(
    '%s',
    async (_, text, i) => {
      const readable = text.replace("readFile('net.onnx')", `readFile(${JSON.stringify(file)})`);
      const source = `export const checks: [unknown, unknown][] = [];\n${withChecks(readable)}`;
      const module = (await import(/* @vite-ignore */ await program(source, `example${String(i)}.mjs`))) as {
        readonly checks: readonly (readonly [unknown, unknown])[];
      };
      expect(module.checks.length).toBeGreaterThan(0);
      for (const [actual, stated] of module.checks) expect(actual).toEqual(stated);
    },
  );

  it.runIf(existsSync(CHROMIUM))('the page that reads a file', async () => {
    const [html = ''] = blocks('html').map(({ text }) => text);
    const path = join(folder, 'page.html');
    writeFileSync(path, html.replace("from 'csp-profile'", "from './index.js'"));
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      // Else a page that is a file may load no module.
      args: ['--no-sandbox', '--disable-gpu', '--allow-file-access-from-files'],
    });
    try {
      const tab = await browser.newPage();
      await tab.goto(pathToFileURL(path).href);
      await tab.setInputFiles('input', file);
      await tab.waitForFunction("document.querySelector('pre').textContent !== ''");
      expect(await tab.textContent('pre')).toMatch(
        /^net from net\.onnx \(onnx, \d+ layers\)\ninput 1x3x256x256[^]* MACs +1\.136 G\n/,
      );
    } finally {
      await browser.close();
    }
  });

  const commands = blocks('console').filter(({ text }) => text.startsWith('$ csp-profile '));

  it.each(commands.map(({ title, text }) => [title, text]))('%s', async (title, text) => {
    const { stdout, code } = await run(title.slice('$ csp-profile '.length).split(' '), { columns: 80 });
    expect(code).toBe(0);
    expect(text).toBe(`${title}\n${stdout}`);
  });

  it('are there', () => {
    expect(blocks('ts').length).toBeGreaterThan(1);
    expect(blocks('html').length).toBe(1);
    expect(commands.length).toBeGreaterThan(0);
  });
});
