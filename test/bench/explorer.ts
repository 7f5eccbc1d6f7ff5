/**
 * How long the explorer takes from a drop to the first numbers and to the whole report, beside what the command line
 * needs beyond Node's own start for the same file, and how it scrolls:
 *
 *     npm run bench:explorer -- [FILE ...]
 *
 * Each file is given to a page that was just opened; commands and pages take turns. Without files: an ONNX file and a
 * Darknet file of networks that are built in, and 5,000 layers. RUNS=n sets the number of turns. The command is the one
 * in dist: `npm run build` first.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { buildNetwork } from '../../architectures/zoo.ts';
import { median, quantile } from '../../src/analysis/measurement/statistics.ts';
import { writeModel } from '../../src/formats/model.ts';
import { at, bytesOf, end, open, start, until, writeDeep } from '../explorer/tab.ts';

const runs = Number(process.env['RUNS'] ?? 9);
const cli = resolve('dist/cli.cjs');

/** Milliseconds in which the worker of a page that was opened makes ready. */
const WARM = 2000;
/** Milliseconds in which the browser is done with a page that was closed. */
const COOL = 1000;

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

/** Milliseconds of one command. */
function command(...args: readonly string[]): number {
  const before = performance.now();
  execFileSync(process.execPath, args, { stdio: 'ignore' });
  return performance.now() - before;
}

interface Times {
  readonly numbers: number;
  readonly report: number;
}

/** Milliseconds after the drop, as the page's own marks have them. */
async function inPage(path: string): Promise<Times> {
  const { tab } = await open();
  await pause(WARM);
  await tab.setInputFiles('#files', path);
  await until(`the report of ${path}`, () => tab.evaluate("document.querySelector('.tiles') !== null"));
  const times = await tab.evaluate<Times>(`(() => {
    const after = (name) => performance.getEntriesByName(name).map(({ startTime }) => startTime - given).find((ms) => ms > 0);
    const given = performance.getEntriesByName('given')[0].startTime;
    return { numbers: after('numbers'), report: after('shown') };
  })()`);
  await tab.close();
  // What the browser takes apart would be counted to the command that follows.
  await pause(COOL);
  return times;
}

async function firstNumbers(path: string): Promise<void> {
  const [idle, whole, pages]: [number[], number[], Times[]] = [[], [], []];
  for (let run = 0; run < runs; run++) {
    idle.push(command('-e', '0'));
    whole.push(command(cli, 'analyze', path));
    pages.push(await inPage(path));
  }
  const beyond = median(whole) - median(idle);
  const numbers = median(pages.map((page) => page.numbers));
  const report = median(pages.map((page) => page.report));
  console.log(
    [
      basename(path).padEnd(28),
      ...[beyond, numbers, report].map((ms) => ms.toFixed(0).padStart(10)),
      (numbers / beyond).toFixed(2).padStart(8),
    ].join(' '),
  );
}

/** Milliseconds between frames while an element scrolls by so many pixels a frame. */
const FRAMES = (element: string, step: number): string => `(async () => {
  const scrolled = ${element};
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  let last = await frame();
  for (let i = 0; i < 120; i++) {
    scrolled.scrollTop += ${String(step)};
    const now = await frame();
    times.push(now - last);
    last = now;
  }
  return times;
})()`;

async function scrolling(tab: Page, what: string, element: string, step: number): Promise<void> {
  const times = await tab.evaluate<number[]>(FRAMES(element, step));
  const sorted = times.toSorted((a, b) => a - b);
  console.log(
    `${what.padEnd(28)} ${[0.5, 0.95, 1].map((q) => quantile(sorted, q).toFixed(1).padStart(10)).join(' ')}`,
  );
}

await start();
const given = process.argv.slice(2).map((path) => resolve(path));
if (given.length === 0) {
  writeFileSync(at('cspresnext50.onnx'), bytesOf(await writeModel(buildNetwork('cspresnext50'), 'onnx', {})));
  writeFileSync(at('yolov4.cfg'), bytesOf(await writeModel(buildNetwork('yolov4'), 'darknet', {})));
  given.push(at('cspresnext50.onnx'), at('yolov4.cfg'));
}
writeDeep(at('deep.cfg'));
console.log(`${'ms, median'.padEnd(28)} command's    numbers     report    ratio`);
for (const path of [...given, at('deep.cfg')]) await firstNumbers(path);
const { tab } = await open();
await tab.setInputFiles('#files', at('deep.cfg'));
await until('the table', () => tab.evaluate("document.querySelector('.scroll tbody tr') !== null"));
await tab.locator('.scroll').scrollIntoViewIfNeeded();
await pause(WARM);
console.log(`\n${'ms a frame, 5,000 layers'.padEnd(28)}     median       95 %        all`);
await scrolling(tab, 'the table, by 13 rows', "document.querySelector('.scroll')", 400);
await scrolling(tab, 'the table, by a row', "document.querySelector('.scroll')", 30);
await scrolling(tab, 'nothing scrolls', 'document.documentElement', 0);
await tab.evaluate('scrollTo(0, 0)');
await scrolling(tab, 'the page', 'document.documentElement', 100);
await end();
