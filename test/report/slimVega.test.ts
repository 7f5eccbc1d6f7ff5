import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { deviceById } from '../../src/devices/registry.ts';
import { profileOn } from '../../src/library/hardware.ts';
import { reportOf } from '../../src/library/report.ts';
import { standalone, type Spec } from '../../src/report/charts/chart.ts';
import { CHARTS } from '../../src/report/charts/registry.ts';
import { toVega } from '../../src/report/html/compile.ts';
import { firstView } from '../../src/report/html/model.ts';
import { pageSpecs } from '../../src/report/html/render.ts';
import { slimVega } from '../tools/build/slimVega.mjs';

/** The compiler of charts as it is bundled. */
async function bundled(): Promise<typeof toVega> {
  const { outputFiles } = await build({
    entryPoints: ['src/report/html/compile.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    plugins: [slimVega],
  });
  const file = resolve(`temp/compile.${String(process.pid)}.mjs`);
  mkdirSync('temp', { recursive: true });
  writeFileSync(file, outputFiles[0]!.text);
  const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
    readonly toVega: typeof toVega;
  };
  return module.toVega;
}

/** As it stands in a file: signals are objects of classes that each bundle has for itself. */
const plain = (spec: Spec): unknown => JSON.parse(JSON.stringify(spec));

describe('Vega-Lite without what no chart uses', () => {
  it('compiles every chart as all of it does, in pages and alone', async () => {
    const slim = await bundled();
    const device = deviceById('eyeriss');
    const profiles = await Promise.all(
      ['resnext50', 'cspresnext50', 'csppeleenet'].map(
        async (name) => (await profileOn(buildNetwork(name), {}, { device, typed: false })).result,
      ),
    );
    const seen = new Set<string>();
    for (const count of [1, 2, 3]) {
      const view = firstView(reportOf(profiles.slice(0, count)), 'flops');
      const both = (spec: Spec): Spec => {
        const whole = toVega(spec);
        expect(plain(slim(spec))).toEqual(plain(whole));
        return whole;
      };
      for (const { chart, spec } of pageSpecs(view.report)) {
        both(spec);
        seen.add(chart);
      }
      for (const chart of CHARTS) if (chart.panels(view.report) > 0) both(standalone(chart, view));
    }
    // All but that of measured times, which needs a measurement, and those of one kind of network.
    expect(seen.size).toBeGreaterThan(CHARTS.length - 4);
  });
});
