/**
 * Compares what the page says of files, numbers and errors, with what the command line says:
 *
 *     npm run check:files -- FOLDER
 *
 * Every file of the folder is dropped on the page in Chromium as it is; where the folder has a `cases.jsonl` (a line
 * each: `{"file": "net.onnx", "args": ["--bind", "N=1"]}`), its files once more with its options. The exit code is 1
 * where they differ.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { byteCount } from '../../src/cli/bytes.ts';
import { requestOf } from '../../src/cli/model.ts';
import { withState, type Settings, type Wanted } from '../../src/explorer/state.ts';
import { FORMATS, onUnknownIn } from '../../src/formats/registry.ts';
import { run } from '../cli/run.ts';
import { end, open, saved, start, until } from './tab.ts';

interface Case {
  readonly file: string;
  readonly args?: readonly string[];
  readonly command?: string;
}

/** What is said of a file: its profile as JSON, and lines about what is wrong or unsure. */
interface Said {
  readonly json: string;
  readonly lines: readonly string[];
}

async function main([folder]: readonly string[]): Promise<void> {
  if (folder === undefined || !existsSync(folder)) {
    console.error('usage: npm run check:files -- FOLDER');
    process.exitCode = 2;
    return;
  }
  await start();
  let differing = 0;
  let passedOver = 0;
  const cases = casesIn(folder);
  for (const each of cases) {
    const asked = await optionsOf(each);
    if (asked === undefined) {
      passedOver++;
      continue;
    }
    const what = [each.file, ...(each.args ?? [])].join(' ');
    const [page, line] = [await byPage(folder, asked), await byCommandLine(folder, each)];
    const same = page.json === line.json && page.lines.join('\n') === line.lines.join('\n');
    if (same) continue;
    differing++;
    console.log(`${what}\n${difference(page, line)}`);
  }
  await end();
  console.log(
    `${String(cases.length - differing - passedOver)} of ${String(cases.length)} alike, ${String(passedOver)} with options that the page does not have`,
  );
  if (differing > 0) process.exitCode = 1;
}

function casesIn(folder: string): readonly Case[] {
  const endings = FORMATS.flatMap(({ extensions, read }) => (read === undefined ? [] : extensions));
  const files = readdirSync(folder).filter((name) => endings.some((ending) => name.endsWith(ending)));
  const table = join(folder, 'cases.jsonl');
  const rows = existsSync(table) ? readFileSync(table, 'utf8').split('\n') : [];
  return [
    ...files.map((file) => ({ file })),
    ...rows
      .filter((row) => row.startsWith('{'))
      .map((row) => JSON.parse(row) as Case)
      .filter(({ args = [] }) => args.length > 0),
  ];
}

type Asked = { readonly wanted: Extract<Wanted, { readonly kind: 'file' }>; readonly settings: Settings };

const MANY = { type: 'string', multiple: true } as const;
const ONE = { type: 'string' } as const;

/** What the page is asked for; undefined where it has no such choice. */
async function optionsOf({ file, args = [], command = 'analyze' }: Case): Promise<Asked | undefined> {
  if (command !== 'analyze') return undefined;
  const { values } = parseArgs({
    args: [...args],
    options: {
      input: MANY,
      bind: MANY,
      value: MANY,
      branch: MANY,
      assume: MANY,
      batch: ONE,
      qdq: ONE,
      buffer: ONE,
      device: ONE,
      'on-unknown': ONE,
    },
  });
  const { path, onUnknown, parameters, ...options } = await requestOf(file, values);
  if (onUnknown !== onUnknownIn(path) || parameters !== undefined) return undefined;
  const { buffer, device } = values;
  return {
    wanted: { kind: 'file', name: file, options },
    settings: {
      ...(buffer === undefined ? {} : { bufferBytes: byteCount('buffer', buffer) }),
      ...(device === undefined ? {} : { device }),
    },
  };
}

async function byPage(folder: string, { wanted, settings }: Asked): Promise<Said> {
  const { tab, trouble } = await open({ fragment: withState('', { networks: [wanted], settings }) });
  await tab.setInputFiles('#files', join(folder, wanted.name));
  const save = tab.getByRole('button', { name: /^Save the profile of/ });
  await until(`what the page says of ${wanted.name}`, async () => (await isRead(tab)) || trouble.length > 0);
  // Screen readers hear of errors that they are; the command line leaves it out.
  const lines = (await tab.locator('.slot .wrong li').allTextContents()).map((text) =>
    text.replace(/^error: /, ''),
  );
  const said = {
    json: (await save.isVisible()) ? await saved(tab, /^Save the profile of/) : '',
    lines: [...trouble, ...lines],
  };
  await tab.close();
  return said;
}

/** Whether the file is read: before it is given, a link only names it. */
async function isRead(tab: Page): Promise<boolean> {
  const [status, wrong] = [tab.locator('.slot .status'), tab.locator('.slot .wrong')];
  const [numbers, text] = [await status.textContent(), await wrong.textContent()];
  return numbers !== 'reading …' && text?.includes('the file is not here') === false;
}

async function byCommandLine(folder: string, { file, args = [] }: Case): Promise<Said> {
  const { stdout, stderr } = await run(['analyze', file, ...args, '--format', 'json'], { cwd: folder });
  return {
    json: stdout,
    lines: stderr
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/^csp-profile: /, '')),
  };
}

function difference(page: Said, line: Said): string {
  let at = 0;
  while (at < page.json.length && page.json[at] === line.json[at]) at++;
  const part = (text: string): string => text.slice(Math.max(0, at - 60), at + 60).replaceAll('\n', ' ');
  return [
    ...(page.json === line.json ? [] : [`  page: ${part(page.json)}`, `  command line: ${part(line.json)}`]),
    ...page.lines.filter((each) => !line.lines.includes(each)).map((each) => `  only the page: ${each}`),
    ...line.lines
      .filter((each) => !page.lines.includes(each))
      .map((each) => `  only the command line: ${each}`),
  ].join('\n');
}

await main(process.argv.slice(2));
