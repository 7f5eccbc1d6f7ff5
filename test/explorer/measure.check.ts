// Networks measured in Chromium, on the processor and by WebGPU: npm run check:explorer -- measure
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GivenValues } from '../../architectures/family.ts';
import type { Measurement, NetworkMeasurement } from '../../src/analysis/measurement/measurement.ts';
import { readMeasurement } from '../../src/analysis/measurement/read.ts';
import { serveExplorer, type ServedPage } from '../../src/cli/explorerServer.ts';
import { withState, type Wanted } from '../../src/explorer/state.ts';
import { measurementSchema } from '../../src/report/measurement/schema.ts';
import { run } from '../cli/run.ts';
import { RUNTIMES } from '../tools/build/constants.mjs';
import { measureProgram } from '../tools/build/explorerPage.mjs';
import { CHROMIUM, at, end, folder, open, page, saved, start } from './tab.ts';

const RUNTIME = 'node_modules/onnxruntime-web/dist';

/** Ten networks, each as small as it may be: what is shown is whose time it is, not how much. */
const TEN: readonly (readonly [name: string, small: GivenValues])[] = [
  ['resnet10', { width: 0.25, classes: 10 }],
  ['resnext50', { depth: 10, width: 0.25, classes: 10 }],
  ['cspresnext50', { depth: 0.25, width: 0.25, cardinality: 8, classes: 10 }],
  ['peleenet', { depth: 0.25, width: 0.25, growth: 4, classes: 10 }],
  ['csppeleenet', { depth: 0.25, width: 0.25, growth: 4, classes: 10 }],
  ['secsppeleenet-swish', { depth: 0.25, width: 0.25, growth: 4, classes: 10 }],
  ['densenet201', { blocks: '6-12-24-16', growth: 4, classes: 10 }],
  ['mobilenet-v2', { width: 0.25, classes: 10 }],
  ['efficientnet-b0', {}],
  ['yolov4-tiny', {}],
];

let served: ServedPage;

beforeAll(async () => {
  await start({ webgpu: true });
  writeFileSync(at('measure.js'), (await measureProgram()).program);
  served = await serveExplorer({
    page,
    models: [],
    runtime: new Map([
      ['measure.js', at('measure.js')],
      ...Object.values(RUNTIMES)
        .flat()
        .map((name) => [name, join(RUNTIME, name)] as const),
    ]),
  });
});
afterAll(async () => {
  await served.close();
  await end();
});

const networks = (names: readonly string[], parameters: GivenValues): string =>
  withState('', {
    networks: names.map((name): Wanted => ({ kind: 'zoo', name, parameters })),
    settings: {},
  });

/** Opens the page anew, and measures what it opens with. */
async function measured(fragment: string, where: string, effort: string): Promise<Measurement> {
  const { tab, trouble } = await open({ url: served.url, fragment, own: /\/runtime\// });
  await tab.waitForSelector('.tiles');
  await tab.locator('.measure select').nth(0).selectOption(where);
  await tab.locator('.measure select').nth(1).selectOption(effort);
  await tab.getByRole('button', { name: 'Measure here' }).click();
  const text = await result(tab);
  expect(trouble).toEqual([]);
  await tab.close();
  writeFileSync(at('measured.json'), text);
  return readMeasurement(JSON.parse(text), 'measured.json');
}

async function result(tab: Page): Promise<string> {
  const wrong = tab.locator('.intake > .wrong');
  const start = tab.getByRole('button', { name: 'Measure here' });
  await expect
    .poll(async () => (await wrong.textContent()) !== '' || (await start.isVisible()), { timeout: 3_000_000 })
    .toBe(true);
  expect(await wrong.textContent()).toBe('');
  return saved(tab, 'Save measurement');
}

const validate = new Ajv({ strict: true, allErrors: true }).compile(measurementSchema());

describe.skipIf(!existsSync(CHROMIUM))(`measuring in Chromium (${CHROMIUM})`, () => {
  describe.each(['wasm 1', 'wasm 2', 'webgpu'])('on %s', (where) => {
    it.each(TEN)('says where all of the time of %s goes', async (name, small) => {
      const measurement = await measured(networks([name], { ...small, input: 32 }), where, 'quick');
      const [{ latency, layers, executorNs, profiling }] = measurement.networks as [NetworkMeasurement];
      expect(
        validate(JSON.parse(readFileSync(at('measured.json'), 'utf8'))),
        JSON.stringify(validate.errors),
      ).toBe(true);
      expect(layers.length).toBeGreaterThan(5);
      expect(profiling?.kernels).toBeGreaterThan(5);
      // To the nanosecond.
      expect(layers.reduce((sum, { ns }) => sum + ns, executorNs ?? 0)).toBe(latency.ns);
      console.log(
        `${name} on ${where}: ${(latency.ns / 1e6).toFixed(2)} ms, ${String(profiling?.kernels)} kernels to ${String(layers.length)} layers, executor ${((100 * (executorNs ?? 0)) / latency.ns).toFixed(1)} %`,
      );
    });
  });

  it('gives measurements that every command takes', async () => {
    await measured(networks(['yolov3-tiny', 'yolov3-tiny-prn'], { input: 416 }), 'wasm 1', 'quick');
    const ask = (...argv: string[]) => run(argv, { cwd: folder });
    const report = await ask(
      'report',
      'yolov3-tiny',
      'yolov3-tiny-prn',
      '--measured',
      'measured.json',
      '-o',
      'r.html',
    );
    expect(report).toMatchObject({ code: 0 });
    expect((await ask('diff', 'measured.json', 'measured.json')).stdout).toContain('no difference');
    expect((await ask('reproduce', 'table5', '--measured', 'measured.json')).stdout).toContain(
      'YOLOv3-tiny-PRN',
    );
    writeFileSync(
      at('csp-profile.config.json'),
      JSON.stringify({
        schemaVersion: 1,
        targets: [
          {
            model: 'yolov3-tiny-prn@416',
            limits: { measuredSeconds: 100 },
            measure: { file: 'measured.json' },
          },
        ],
      }),
    );
    expect(await ask('gate')).toMatchObject({ code: 0, stderr: '' });
  });

  it('knows the ratio of two networks to 3 % in five page loads', { timeout: 2_400_000 }, async () => {
    // A worker runs as often as its seconds allow: small inputs give many runs, large ones the ten that have to be.
    const input = Number(process.env['RATIO_INPUT'] ?? 64);
    const ratios: number[] = [];
    for (let load = 0; load < 5; load++) {
      const {
        ratios: [ratio],
      } = await measured(networks(['cspresnext50', 'resnext50'], { input }), 'wasm 1', 'usual');
      ratios.push(ratio!.ratio);
      console.log(`ResNeXt-50 over CSPResNeXt-50: ${ratio!.ratio.toFixed(4)}`);
    }
    expect(Math.max(...ratios) / Math.min(...ratios)).toBeLessThan(1.03);
  });
});
