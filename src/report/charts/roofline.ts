import { formatCount, plain } from '../format.ts';
import { byIndex, layerRows, type Report } from '../html/model.ts';
import { networkColor, type Chart, type Datum } from './chart.ts';

/** Log axes have no 0, and a margin so that no point lies on their ends. */
const MARGIN = 1.5;

/**
 * Each layer by how much it computes per byte of DRAM, and how fast it runs: as measured, or else as predicted, or
 * at the roof. Below the slope memory binds, below the flat part arithmetic does.
 *
 * @source Williams et al., Roofline, CACM 2009
 */
export const roofline: Chart = {
  id: 'roofline',
  section: 'device',
  title: ({ report }) => `Roofline of ${deviceNames(report)}`,
  caption: ({ report }) =>
    report.networks.some(({ measured }) => measured !== undefined)
      ? 'Measured layers below the roof of their device: left of the bend memory binds, right of it arithmetic.'
      : 'Layers at the roof of their device, or where its calibration expects them: left of the bend memory binds.',
  panels: (report) => (points(report).length > 0 ? 1 : 0),
  spec(report) {
    const all = points(report);
    const range = (field: 'intensity' | 'rate', more: readonly number[]): readonly [number, number] => {
      const values = [...all.map((point) => point[field]), ...more];
      return [Math.min(...values) / MARGIN, Math.max(...values) * MARGIN];
    };
    const bends = report.networks.flatMap(({ profile: { device } }) =>
      device?.bytesPerSecond === undefined || device.peakFlopsPerSecond === undefined
        ? []
        : [device.peakFlopsPerSecond / device.bytesPerSecond],
    );
    const peaks = report.networks.flatMap(({ profile: { device } }) => device?.peakFlopsPerSecond ?? []);
    const place = {
      x: {
        field: 'intensity',
        type: 'quantitative',
        title: 'FLOP per byte of DRAM',
        axis: { format: '~s', tickCount: 4, grid: false },
        scale: { type: 'log', domain: range('intensity', bends), nice: false },
      },
      y: {
        field: 'rate',
        type: 'quantitative',
        title: 'FLOP/s',
        axis: { format: '~s', tickCount: 4, grid: false },
        scale: { type: 'log', domain: range('rate', peaks), nice: false },
      },
      color: networkColor(report),
    };
    return {
      height: 260,
      layer: [
        {
          data: { name: 'roofs' },
          mark: { type: 'line', strokeWidth: 1.5, clip: true },
          encoding: { ...place, detail: { field: 'network' } },
        },
        {
          data: { name: 'points' },
          mark: { type: 'point', filled: true, opacity: 0.65 },
          encoding: {
            ...place,
            size: { field: 'seconds', type: 'quantitative', scale: { range: [15, 220] }, legend: null },
            tooltip: [
              { field: 'network' },
              { field: 'layer' },
              { field: 'name' },
              { field: 'intensity', title: 'FLOP/B', type: 'quantitative', format: '.4~g' },
              { field: 'rate', title: 'FLOP/s', type: 'quantitative', format: '.4~s' },
            ],
          },
        },
      ],
    };
  },
  data({ report }) {
    const all = points(report);
    const least = Math.min(...all.map(({ intensity }) => intensity)) / MARGIN;
    const most = Math.max(...all.map(({ intensity }) => intensity)) * MARGIN;
    const roofs = report.networks.flatMap(({ label, profile: { device } }): Datum[] => {
      if (device?.bytesPerSecond === undefined || device.peakFlopsPerSecond === undefined) return [];
      const { peakFlopsPerSecond: peak, bytesPerSecond: slope } = device;
      const bend = peak / slope;
      return [Math.min(least, bend), bend, Math.max(most, bend * MARGIN)].map((intensity) => ({
        network: label,
        intensity,
        rate: Math.min(peak, intensity * slope),
      }));
    });
    return { roofs, points: all.map(({ ...point }): Datum => point) };
  },
  linked: {
    of: 'points',
    near: { x: 'intensity', y: 'rate', along: 'plane' },
    tell: ([row]) => [
      ['FLOP/B', Number(row?.['intensity']).toPrecision(4)],
      ['FLOP/s', formatCount(Number(row?.['rate']))],
    ],
    layers: () => [
      {
        mark: { type: 'point', filled: false, size: 160, strokeWidth: 2, opacity: 1, color: { expr: 'ink' } },
        encoding: {
          x: { field: 'intensity', type: 'quantitative' },
          y: { field: 'rate', type: 'quantitative' },
        },
      },
    ],
  },
};

interface Point {
  readonly id: number;
  readonly network: string;
  readonly layer: number;
  readonly name: string;
  readonly intensity: number;
  readonly rate: number;
  readonly seconds: number;
}

/** The layers that compute and whose DRAM bytes and time are known; 2 FLOPs per MAC, as peaks are stated. */
function points(report: Report): readonly Point[] {
  const timed = report.networks.map(({ measured }) => byIndex(measured));
  return layerRows(report).flatMap(({ id, at, network, name, row }): Point[] => {
    const { macs, dramBytes, predictedSeconds, floorSeconds } = row;
    const seconds = timed[at]?.get(row.index)?.seconds ?? predictedSeconds ?? floorSeconds;
    if (report.networks[at]?.profile.device?.bytesPerSecond === undefined) return [];
    if (!isPositive(macs) || !isPositive(dramBytes) || !isPositive(seconds)) return [];
    const [intensity, rate] = [(2 * macs) / dramBytes, (2 * macs) / seconds];
    return [{ id, network, layer: row.index, name, intensity, rate, seconds }];
  });
}

const isPositive = (value: number | undefined): value is number => value !== undefined && value > 0;

const deviceNames = ({ networks }: Report): string =>
  [
    ...new Set(
      networks.flatMap(({ profile: { device } }) => (device === undefined ? [] : plain(device.title))),
    ),
  ].join(', ');
