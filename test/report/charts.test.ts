import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { compile, type TopLevelSpec } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { withDeviceCost } from '../../src/analysis/device/withDeviceCost.ts';
import { profile, type Profile } from '../../src/analysis/profile.ts';
import { accuracyTables } from '../../src/library/accuracy.ts';
import { deviceById } from '../../src/devices/registry.ts';
import { paretoFront } from '../../src/report/charts/accuracy.ts';
import { LIGHT, standalone, type Chart, type Datum } from '../../src/report/charts/chart.ts';
import { CHARTS } from '../../src/report/charts/registry.ts';
import { renderSvg } from '../../src/report/charts/svg.ts';
import { uniqueLabels } from '../../src/report/labels.ts';
import { layerRows, type PublishedPoint, type View } from '../../src/report/html/model.ts';
import type { Measurement } from '../../src/analysis/measurement/measurement.ts';
import { readMeasurement } from '../../src/analysis/measurement/read.ts';
import { embeddedJson } from '../../src/report/html/render.ts';
import { viewOf, zooProfile, zooSources } from './samples.ts';

/** Metrics of a view in which nothing was measured. */
const metricsOf = ({ report }: View) =>
  report.metrics.flatMap((metric) => (metric.id === 'measuredSeconds' ? [] : [{ ...metric, id: metric.id }]));

const chart = (id: string): Chart => CHARTS.find((each) => each.id === id)!;
const rows = (id: string, dataset: string, view: View, panel = 0): readonly Datum[] =>
  chart(id).data(view, panel)[dataset]!;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const resnext = zooProfile('resnext50');
const cspresnext = zooProfile('cspresnext50');
const two = viewOf([resnext, cspresnext]);

const without = <T extends object>(value: T, key: keyof T): T =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as T;

/** A profile on a device whose figures are round: 1 TFLOP/s and 100 GB/s bend at 10 FLOP per byte; and an array. */
const onDevice = ((): Profile => {
  const graph = buildNetwork('cspresnext50');
  const device = deviceById('jetson-tx2');
  const { float32, ...others } = device.peak;
  const [dram, ...levels] = device.memory;
  return withDeviceCost(graph, profile(graph), {
    device: {
      ...without(device, 'clock'),
      array: deviceById('eyeriss').array!,
      title: 'Round <b>device</b>',
      peak: { ...others, float32: { ...float32!, value: 1e12 } },
      memory: [{ ...dram, bandwidth: { ...dram.bandwidth!, value: 1e11 } }, ...levels],
    },
  });
})();

/** The same without a calibration: every layer takes the time of its floor. */
const atFloor: Profile = {
  ...onDevice,
  layers: onDevice.layers.map((row) => without(row, 'predictedSeconds')),
};

/** Layer i takes i + 1 microseconds. */
const measurement = ((): Measurement => {
  const file = 'reports/measured/table5.json';
  const { networks, ...rest } = readMeasurement(JSON.parse(readFileSync(file, 'utf8')), file);
  const layers = cspresnext.layers.map((row) => ({
    ...row,
    ns: 1000 * (row.index + 1),
    reorderNs: 0,
    kernels: [],
  }));
  return { ...rest, networks: [...networks, { ...networks[0]!, network: cspresnext.network, layers }] };
})();

describe('every chart', () => {
  const everything = viewOf([onDevice, resnext], 'flops', {
    measurement,
    accuracy: accuracyTables([cspresnext, resnext]),
    sources: ['cspresnext50', 'resnext50'].map(zooSources),
  });

  it.each(CHARTS.map((each) => [each.id, each] as const))(
    '%s is Vega-Lite, and a picture',
    async (_, each) => {
      expect(each.panels(everything.report)).toBeGreaterThan(0);
      const spec = standalone(each, everything);
      const warnings: string[] = [];
      const logger = {
        level: () => logger,
        error: (...parts: readonly string[]) => (warnings.push(...parts), logger),
        warn: (...parts: readonly string[]) => (warnings.push(...parts), logger),
        info: () => logger,
        debug: () => logger,
      };
      compile(spec as typeof spec & TopLevelSpec, { logger });
      expect(warnings).toEqual([]);
      const svg = await renderSvg(spec);
      expect(svg).toMatch(/^<svg [^]*<\/svg>$/);
      expect(svg).toContain(LIGHT.ink);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    },
  );

  it.each(CHARTS.map((each) => [each.id, each] as const))(
    '%s follows every metric and baseline',
    (_, each) => {
      const { report } = everything;
      for (const metric of report.metrics) {
        for (const [baseline, compared] of [
          [0, 1],
          [1, 0],
        ] as const) {
          for (let panel = 0; panel < each.panels(report); panel++) {
            for (const data of Object.values(
              each.data({ ...everything, report, metric, baseline, compared }, panel),
            )) {
              for (const datum of data) for (const value of Object.values(datum)) expect(value).not.toBeNaN();
            }
          }
        }
      }
    },
  );

  it('has bars that stand for as many layers as they say', () => {
    // Eleven kinds, of which only seven have a colour of their own.
    const view = viewOf([zooProfile('yolov4'), cspresnext], 'memoryAccessCost');
    const told = CHARTS.flatMap(({ group, data }) =>
      Object.values(data(view, 0)).flatMap((all) =>
        all.flatMap((datum) =>
          group === undefined || datum['layers'] === undefined
            ? []
            : [[datum['layers'], group(datum, view.report)] as const],
        ),
      ),
    );
    expect(told.some(([, { within }]) => within?.label === 'other kinds')).toBe(true);
    expect(told.length).toBeGreaterThan(60);
    for (const [layers, { network, stage, kind, within }] of told) {
      const found = layerRows(view.report).filter(
        (layer) =>
          layer.network === network &&
          (stage === undefined || layer.stage === stage) &&
          (kind === undefined || layer.kind === kind) &&
          within?.has(layer) !== false,
      );
      expect(found).toHaveLength(Number(layers));
    }
  });

  it('has names as values of a scale, and never in an expression', () => {
    const named = (text: string): Profile => ({
      ...onDevice,
      network: { ...onDevice.network, name: text },
      layers: onDevice.layers.map((row) => ({ ...row, name: text, kind: text, stage: text })),
    });
    const view = viewOf([named('NAME a'), named('NAME b')]);
    for (const each of CHARTS) {
      if (each.panels(view.report) === 0) continue;
      const { spec } = compile(standalone(each, view) as ReturnType<typeof standalone> & TopLevelSpec);
      const { data, title, ...rest } = spec;
      expect(JSON.stringify(title ?? ''), each.id).not.toContain('signal');
      const transforms = data?.map((source) => ('transform' in source ? source.transform : []));
      expect(namesOutsideDomains({ transforms, ...rest, description: '' }), each.id).toEqual([]);
    }
  });
});

/** Where a value that is not of a domain or a title has a name in it. */
function namesOutsideDomains(value: unknown, path = ''): readonly string[] {
  if (typeof value === 'string') {
    return value.includes('NAME') && !/\.(domain\.\d+|title\.(sub)?t(ext|itle)|title)$/.test(path)
      ? [`${path}: ${value}`]
      : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => namesOutsideDomains(each, `${path}.${key}`));
}

describe('cost per layer', () => {
  it('has every layer whose cost is known, and the largest', () => {
    for (const metric of metricsOf(two)) {
      const drawn = rows('layers', 'layers', { ...two, metric });
      const known = [resnext, cspresnext].flatMap(({ layers }) =>
        layers.flatMap((row) => row[metric.id] ?? []),
      );
      const scale = metric.unit === 'byte' ? 2 ** 20 : 1;
      expect(drawn.map(({ value }) => value as number)).toEqual(known.map((value) => value / scale));
    }
    expect(rows('layers', 'maxima', two).map(({ network, text }) => [network, text])).toEqual([
      ['resnext50', 'max 536.9 M in #14'],
      ['cspresnext50', 'max 536.9 M in #19'],
    ]);
  });
});

describe('input and output size', () => {
  it('adds up to the CIO of each network', () => {
    for (const [panel, { totals }] of [resnext, cspresnext].entries()) {
      const sides = rows('input-output', 'sides', two, panel);
      expect(sum(sides.map(({ elements }) => elements as number))).toBe(totals.cio);
    }
  });
});

describe('histograms', () => {
  it('hold every layer once, in the class of its cost', () => {
    for (const id of ['flops', 'memoryAccessCost', 'cio'] as const) {
      const bins = rows(`histogram-${id}`, 'bins', two);
      const most = Math.max(
        ...[resnext, cspresnext].flatMap(({ layers }) => layers.flatMap((row) => row[id] ?? [])),
      );
      for (const { network, layers } of [resnext, cspresnext]) {
        const counts = bins.filter((bin) => bin['network'] === network.name).map((bin) => bin['layers']);
        const inClass = (value: number, i: number): boolean =>
          value > 0 &&
          value >= (most * i) / 10 &&
          (value < (most * (i + 1)) / 10 || (i === 9 && value === most));
        expect(counts).toEqual(
          Array.from(
            { length: 10 },
            (_, i) => layers.filter((row) => row[id] !== undefined && inClass(row[id], i)).length,
          ),
        );
      }
    }
  });

  it('of DRAM bytes appears where a profile carries them', () => {
    expect(chart('histogram-dramBytes').panels(two.report)).toBe(0);
    const view = viewOf([onDevice]);
    const counted = onDevice.layers.filter(({ dramBytes }) => dramBytes !== undefined && dramBytes > 0);
    expect(sum(rows('histogram-dramBytes', 'bins', view).map(({ layers }) => layers as number))).toBe(
      counted.length,
    );
  });
});

describe('cumulative share', () => {
  it('rises to the whole, by ever smaller steps', () => {
    for (const { network } of [resnext, cspresnext]) {
      const shares = rows('cumulative', 'ranks', two)
        .filter((rank) => rank['network'] === network.name)
        .map(({ share }) => share as number);
      const steps = shares.slice(1).map((share, i) => share - shares[i]!);
      expect(shares[0]).toBe(0);
      expect(shares.at(-1)).toBeCloseTo(1, 12);
      expect(steps.every((step, i) => i === 0 || step <= steps[i - 1]! + 1e-12)).toBe(true);
    }
  });
});

/** A value as charts show it: bytes in MiB. */
const shown = ({ unit }: { readonly unit: string }, value: number): number =>
  unit === 'byte' ? value / 2 ** 20 : value;

describe('breakdown', () => {
  it('adds up to the total of every metric, stage by stage without gaps', () => {
    for (const metric of metricsOf(two).filter(({ total }) => total === 'sum')) {
      const segments = rows('breakdown', 'segments', { ...two, metric });
      for (const { network, totals } of [resnext, cspresnext]) {
        const own = segments.filter((segment) => segment['network'] === network.name);
        expect(sum(own.map(({ value }) => value as number)), metric.id).toBe(
          shown(metric, totals[metric.id]!),
        );
        for (const { from, stage } of own) {
          const below = own.filter(
            (other) => other['stage'] === stage && (other['to'] as number) <= (from as number),
          );
          expect(sum(below.map(({ value }) => value as number))).toBe(from);
        }
      }
    }
  });
});

describe('changes', () => {
  it('begin at nothing and end at the change of the total', () => {
    for (const id of ['changes-by-stage', 'changes-by-kind']) {
      for (const metric of metricsOf(two).filter(({ total }) => total === 'sum')) {
        const steps = rows(id, 'steps', { ...two, metric });
        const [whole, ...parts] = [...steps].reverse();
        const change = shown(metric, cspresnext.totals[metric.id]! - resnext.totals[metric.id]!);
        expect(whole!['to'], `${id} ${metric.id}`).toBe(change);
        expect(parts.reverse().map(({ from, to }) => [from, to])).toEqual(
          parts.map(({ to }, i) => [i === 0 ? 0 : parts[i - 1]!['to'], to]),
        );
        const reverse = rows(id, 'steps', { ...two, metric, baseline: 1, compared: 0 });
        expect(reverse.at(-1)!['to']).toBe(-change);
      }
    }
  });
});

describe('activation memory', () => {
  it('peaks where the profile says', () => {
    const alive = rows('activation-memory', 'alive', two);
    for (const { network, peak } of [resnext, cspresnext]) {
      const own = alive.filter((each) => each['network'] === network.name);
      const most = Math.max(...own.map(({ mebibytes }) => mebibytes as number));
      expect(most).toBe(peak!.bytes / 2 ** 20);
      expect(own.find(({ mebibytes }) => mebibytes === most)!['layer']).toBe(peak!.layer);
    }
  });
});

describe('on a device', () => {
  it('no layer is above the roof, which bends where the figures say', () => {
    expect(chart('roofline').panels(two.report)).toBe(0);
    const view = viewOf([atFloor]);
    const points = rows('roofline', 'points', view);
    expect(points.length).toBe(onDevice.layers.filter(({ macs }) => macs !== undefined && macs > 0).length);
    for (const { rate, intensity } of points) {
      expect(rate as number).toBeLessThanOrEqual(Math.min(1e12, 1e11 * (intensity as number)) * (1 + 1e-9));
    }
    expect(rows('roofline', 'roofs', view)[1]).toEqual({
      network: 'cspresnext50',
      intensity: 10,
      rate: 1e12,
    });
    expect(chart('roofline').title(view, 0)).toBe('Roofline of Round <b>device</b>');
  });

  it('time is as measured, or else as the device model expects it', () => {
    expect(chart('time').panels(two.report)).toBe(0);
    const measured = viewOf([cspresnext], 'flops', { measurement });
    expect(rows('time', 'bars', measured).map(({ shown }) => shown as number)).toEqual(
      cspresnext.layers.map(({ index }) => expect.closeTo(index + 1, 9) as number),
    );
    // One microsecond for each layer up to its own: flops / (index + 1) / 1000 GFLOP/s.
    expect(rows('time', 'bars', measured).map(({ gigaflops }) => gigaflops)).toEqual(
      cspresnext.layers.map(({ index, flops }) =>
        flops === undefined || flops === 0 ? null : (expect.closeTo(flops / (index + 1) / 1e3, 6) as number),
      ),
    );
    expect(chart('time').caption(measured)).toMatch(/^As measured on .+, \d+ threads?, onnxruntime 1\..+\.$/);
    // Of another size, or another network, it says nothing.
    const other = profile(buildNetwork('cspresnext50', { input: 224 }));
    expect(
      viewOf([other, resnext], 'flops', { measurement }).report.networks.map((each) => each.measured),
    ).toEqual([undefined, undefined]);
    const expected = viewOf([onDevice]);
    const seconds = onDevice.layers.map(
      ({ predictedSeconds, floorSeconds }) => predictedSeconds ?? floorSeconds ?? Number.NaN,
    );
    expect(rows('time', 'bars', expected).map(({ shown }) => shown as number)).toEqual(
      seconds.map((each) => each * 1e6),
    );
  });
});

describe('array of a device', () => {
  it('has as many cycles as the profile, of which those work that the MACs need', () => {
    expect(chart('array').panels(two.report)).toBe(0);
    const view = viewOf([onDevice]);
    const bars = rows('array', 'cycles', view);
    expect(sum(bars.map(({ cycles }) => cycles as number))).toBe(onDevice.totals.cycles);
    for (const { layer, cycles, working, idle } of bars) {
      expect(working).toBeCloseTo(onDevice.layers[layer as number]!.macs! / (12 * 14), 6);
      expect(working as number).toBeCloseTo((cycles as number) * (1 - (idle as number)), 6);
    }
    const all = sum(bars.map(({ working }) => working as number)) / onDevice.totals.cycles!;
    expect(chart('array').caption(view)).toContain(`${(100 * (1 - all)).toFixed(1)} % of the array idle`);
  });
});

describe('accuracy and cost', () => {
  const point = fc.record({
    gflops: fc.integer({ min: 1, max: 20 }),
    accuracy: fc.integer({ min: 1, max: 20 }),
  });

  it('has the front that no other point is better than', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 30 }), (values) => {
        const points = values.map((value, i): PublishedPoint => ({ ...value, name: String(i), input: 224 }));
        const front = paretoFront(points);
        const better = (a: PublishedPoint, b: PublishedPoint): boolean =>
          a.gflops <= b.gflops &&
          a.accuracy >= b.accuracy &&
          (a.gflops < b.gflops || a.accuracy > b.accuracy);
        for (const each of points) {
          const same = front.some(
            ({ gflops, accuracy }) => gflops === each.gflops && accuracy === each.accuracy,
          );
          expect(same).toBe(!points.some((other) => better(other, each)));
        }
      }),
    );
  });

  it('takes what the paper printed of the networks of the report', () => {
    const tables = accuracyTables([resnext, cspresnext])(['a', 'b']);
    expect(tables.map(({ where }) => where)).toEqual(['table 3']);
    const own = tables[0]!.points.filter(({ network }) => network !== undefined);
    expect(own.map(({ network, gflops, accuracy }) => [network, gflops, accuracy])).toEqual([
      ['a', 10.11, 77.8],
      ['b', 7.93, 77.9],
    ]);
    expect(accuracyTables([{ ...resnext, network: { ...resnext.network, format: 'onnx' } }])(['a'])).toEqual(
      [],
    );
  });
});

describe('a report', () => {
  it('calls every network by a name of its own', () => {
    const small = profile(buildNetwork('resnext50', { input: 224 }));
    const labelsOf = (...profiles: readonly Profile[]) =>
      uniqueLabels(profiles.map(({ network }) => network));
    const from = (source: string): Profile => ({ ...resnext, network: { ...resnext.network, source } });
    expect(labelsOf(resnext, cspresnext)).toEqual(['resnext50', 'cspresnext50']);
    expect(labelsOf(resnext, small)).toEqual(['resnext50@256x256', 'resnext50@224x224']);
    expect(labelsOf(from('a.cfg'), from('a.onnx'), small)).toEqual(['a.cfg', 'a.onnx', 'resnext50@224x224']);
    expect(labelsOf(from('long/path/a.cfg'), from('long/path/a.onnx'))).toEqual(['a.cfg', 'a.onnx']);
    expect(labelsOf(from('x/a.cfg'), from('y/a.cfg'))).toEqual(['x/a.cfg', 'y/a.cfg']);
    expect(labelsOf(resnext, resnext, resnext)).toEqual(['resnext50', 'resnext50 (2)', 'resnext50 (3)']);
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'a (2)', 'a@256x256', 'b'), { maxLength: 6 }), (names) => {
        const labels = uniqueLabels(names.map((name) => ({ ...resnext.network, name })));
        expect(new Set(labels).size).toBe(names.length);
      }),
    );
  });

  it('embeds any text so that no script ends or begins, and reads it back', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('</script>', '<!--', ']]>', '\u2028', '&lt;'),
        (value, text) => {
          const embedded = embeddedJson([value, text]);
          expect(embedded).not.toMatch(/[<>&\u2028\u2029]/);
          expect(JSON.parse(embedded)).toEqual(JSON.parse(JSON.stringify([value, text])));
        },
      ),
    );
  });
});
