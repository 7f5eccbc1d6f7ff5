import { plain } from '../format.ts';
import { byIndex, inWords, layerRows, type Report } from '../html/model.ts';
import {
  EXACT,
  layerAxis,
  mostLayers,
  networkColor,
  valueAxis,
  whole,
  type Chart,
  type Datum,
} from './chart.ts';

/** Microseconds: what a layer takes has a few digits in it. */
const MICRO = 1e6;

/** How long each layer took, or else what the device model expects of it. */
export const timePerLayer: Chart = {
  id: 'time',
  section: 'device',
  size: 'wide',
  title: () => 'Time per layer, in µs',
  caption({ report }) {
    const devices = (all: readonly string[]): string => inWords([...new Set(all)].map(plain));
    const measured = report.networks.flatMap((network) => network.measured?.on ?? []);
    const expected = devices(report.networks.flatMap(({ profile }) => profile.device?.title ?? []));
    if (measured.length === 0) return `As expected of ${expected}: by its calibration, or else the floor.`;
    const bars = `As measured on ${devices(measured)}.`;
    return expected === '' ? bars : `${bars} Lines across: as expected of ${expected}.`;
  },
  panels: ({ networks }) =>
    networks.some(({ profile, measured }) => profile.latency !== undefined || measured !== undefined) ? 1 : 0,
  spec(report) {
    const slot = `0.84 * width / ${String(mostLayers(report) * report.networks.length)}`;
    const place = { x: layerAxis(report, 'slot'), color: networkColor(report) };
    return {
      height: 200,
      layer: [
        {
          data: { name: 'bars' },
          mark: { type: 'bar', width: { expr: `max(1, ${slot})` } },
          encoding: { ...place, y: valueAxis('shown'), tooltip: TOOLTIP },
        },
        ...(isMeasured(report)
          ? [
              {
                data: { name: 'expected' },
                mark: {
                  type: 'tick',
                  orient: 'horizontal',
                  thickness: 2,
                  width: { expr: `max(3, ${slot})` },
                  color: { expr: 'ink' },
                },
                encoding: { x: place.x, y: valueAxis('expected'), tooltip: TOOLTIP },
              },
            ]
          : []),
      ],
    };
  },
  data({ report }) {
    const { networks } = report;
    const timed = networks.map((network) => byIndex(network.measured));
    const bars: Datum[] = [];
    for (const { id, at, network, name, row } of layerRows(report)) {
      const measured = timed[at]?.get(row.index);
      const expected = row.predictedSeconds ?? row.floorSeconds;
      const seconds = measured?.seconds ?? expected;
      if (seconds === undefined) continue;
      const slot = row.index + (0.84 * (at + 0.5)) / networks.length - 0.42;
      bars.push({
        id,
        network,
        layer: row.index,
        slot,
        name,
        shown: seconds * MICRO,
        measured: measured === undefined ? null : measured.seconds * MICRO,
        expected: expected === undefined ? null : expected * MICRO,
        gigaflops: giga(measured?.flopsPerSecond),
        gigabytes: giga(measured?.bytesPerSecond),
      });
    }
    return {
      bars,
      expected: isMeasured(report) ? bars.filter(({ expected }) => expected !== null) : [],
    };
  },
  linked: {
    of: 'bars',
    near: { x: 'slot', y: 'shown', along: 'x' },
    tell: ([row]) => [
      ['measured µs', whole(row?.['measured'])],
      ['expected µs', whole(row?.['expected'])],
      ['GFLOP/s', whole(row?.['gigaflops'])],
      ['GB/s', whole(row?.['gigabytes'])],
    ],
    layers: (report) => [
      {
        mark: { type: 'rule', strokeWidth: 1, color: { expr: 'muted' } },
        encoding: { x: layerAxis(report, 'slot') },
      },
      {
        mark: { type: 'point', filled: true, size: 50, opacity: 1, color: { expr: 'ink' } },
        encoding: { x: layerAxis(report, 'slot'), y: valueAxis('shown') },
      },
    ],
  },
};

const giga = (rate: number | undefined): number | null => (rate === undefined ? null : rate / 1e9);

const isMeasured = ({ networks }: Report): boolean => networks.some(({ measured }) => measured !== undefined);

const TOOLTIP = [
  { field: 'network' },
  { field: 'layer' },
  { field: 'name' },
  { field: 'measured', title: 'measured µs', type: 'quantitative', format: EXACT },
  { field: 'expected', title: 'expected µs', type: 'quantitative', format: EXACT },
  { field: 'gigaflops', title: 'GFLOP/s', type: 'quantitative', format: EXACT },
  { field: 'gigabytes', title: 'GB/s', type: 'quantitative', format: EXACT },
];
