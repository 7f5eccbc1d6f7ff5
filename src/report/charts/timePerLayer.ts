import { isBelowFloor } from '../../analysis/conclusions/time.ts';
import { plain, inWords } from '../format.ts';
import { byIndex, type Report, type View } from '../html/model.ts';
import { EXACT, networkColor, valueAxis, whole, type Chart, type Datum } from './chart.ts';
import { aboutLayer, barWidth, slotAxis, slotsOf } from './slots.ts';

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
    const below = report.networks.flatMap(({ profile }) => profile.layers.filter(isBelowFloor)).length;
    const marked =
      below === 0 ? '' : ` Red lines: ${String(below)} floors above what is expected of their layer.`;
    if (measured.length === 0)
      return `As expected of ${expected}: by its calibration, or else the floor.${marked}`;
    const bars = `As measured on ${devices(measured)}.`;
    return expected === '' ? bars : `${bars} Lines across: as expected of ${expected}.${marked}`;
  },
  panels: ({ networks }) =>
    networks.some(({ profile, measured }) => profile.latency !== undefined || measured !== undefined) ? 1 : 0,
  spec(report) {
    const place = { x: slotAxis(report), color: networkColor(report) };
    return {
      height: 200,
      layer: [
        {
          data: { name: 'bars' },
          mark: { type: 'bar', width: barWidth(1) },
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
                  width: barWidth(3),
                  color: { expr: 'ink' },
                },
                encoding: { x: place.x, y: valueAxis('expected'), tooltip: TOOLTIP },
              },
            ]
          : []),
        // What no run can keep: the floor above the time that is expected.
        {
          data: { name: 'below' },
          mark: {
            type: 'tick',
            orient: 'horizontal',
            thickness: 2,
            width: barWidth(3),
            color: { expr: 'worse' },
          },
          encoding: { x: place.x, y: valueAxis('floor'), tooltip: TOOLTIP },
        },
      ],
    };
  },
  data(view) {
    const { report } = view;
    const bars = barsOf(view);
    return {
      bars,
      below: bars.filter(
        ({ expected, floor }) => expected !== null && floor !== null && Number(expected) < Number(floor),
      ),
      expected: isMeasured(report) ? bars.filter(({ expected }) => expected !== null) : [],
    };
  },
  linked: {
    of: 'bars',
    near: { x: 'slot', y: 'shown', along: 'x' },
    tell: ([row]) => [
      ['measured µs', whole(row?.['measured'])],
      ['expected µs', whole(row?.['expected'])],
      ...(row !== undefined && Number(row['floor']) > Number(row['expected'])
        ? [['floor µs, above the expected', whole(row['floor'])] as const]
        : []),
      ['GFLOP/s', whole(row?.['gigaflops'])],
      ['GB/s', whole(row?.['gigabytes'])],
    ],
    layers: (report) => [
      {
        mark: { type: 'rule', strokeWidth: 1, color: { expr: 'muted' } },
        encoding: { x: slotAxis(report) },
      },
      {
        mark: { type: 'point', filled: true, size: 50, opacity: 1, color: { expr: 'ink' } },
        encoding: { x: slotAxis(report), y: valueAxis('shown') },
      },
    ],
  },
};

function barsOf(view: View): readonly Datum[] {
  const { report } = view;
  const timed = report.networks.map((network) => byIndex(network.measured));
  const all = report.networks.map((_, at) => at);
  const measuredOf = (at: number, index: number) => timed[at]?.get(index);
  return slotsOf(
    view,
    all,
    ({ at, row }) => measuredOf(at, row.index)?.seconds ?? row.predictedSeconds ?? row.floorSeconds,
  ).map((slot) => {
    const { at, row } = slot.layer;
    const measured = measuredOf(at, row.index);
    const expected = measured?.expectedSeconds ?? row.predictedSeconds ?? row.floorSeconds;
    const micro = (seconds: number | undefined): number | null =>
      seconds === undefined ? null : seconds * MICRO;
    return {
      ...aboutLayer(slot),
      shown: micro(measured?.seconds ?? expected),
      measured: micro(measured?.seconds),
      expected: micro(expected),
      floor: micro(row.floorSeconds),
      gigaflops: giga(measured?.flopsPerSecond),
      gigabytes: giga(measured?.bytesPerSecond),
    };
  });
}

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
