import { byIndex, layerRows } from '../html/model.ts';
import { EXACT, layerAxis, mostLayers, networkColor, valueAxis, whole, type Chart } from './chart.ts';

/** Microseconds: what a layer takes has a few digits in it. */
const MICRO = 1e6;

/** How long each layer took, with the interval of its median, and what the device model expects of it. */
export const timePerLayer: Chart = {
  id: 'time',
  section: 'device',
  wide: true,
  title: () => 'Time per layer, in µs',
  caption({ report }) {
    const measured = [...new Set(report.networks.flatMap(({ measurement }) => measurement?.device ?? []))];
    const predicted = [...new Set(report.networks.flatMap(({ device }) => device?.name ?? []))];
    return [
      ...(measured.length === 0
        ? []
        : [`Bars: median as measured on ${measured.join(', ')}, with its interval.`]),
      ...(predicted.length === 0 ? [] : [`Ticks: as predicted for ${predicted.join(', ')}.`]),
    ].join(' ');
  },
  panels: ({ networks }) =>
    networks.some(({ device, measurement }) => device !== undefined || measurement !== undefined) ? 1 : 0,
  spec(report) {
    const slot = `0.84 * width / ${String(mostLayers(report) * report.networks.length)}`;
    const place = { x: layerAxis(report, 'slot'), color: networkColor(report) };
    return {
      height: 200,
      layer: [
        {
          data: { name: 'measured' },
          mark: { type: 'bar', width: { expr: `max(1, ${slot})` }, opacity: 0.75 },
          encoding: {
            ...place,
            y: valueAxis('median'),
            tooltip: [
              { field: 'network' },
              { field: 'layer' },
              { field: 'name' },
              { field: 'median', title: 'measured µs', type: 'quantitative', format: EXACT },
            ],
          },
        },
        {
          data: { name: 'measured' },
          mark: { type: 'rule', strokeWidth: 1, color: { expr: 'ink' } },
          encoding: { x: place.x, y: valueAxis('low'), y2: { field: 'high' } },
        },
        {
          data: { name: 'predicted' },
          mark: { type: 'tick', orient: 'horizontal', thickness: 2, width: { expr: `max(3, ${slot})` } },
          encoding: {
            ...place,
            y: valueAxis('expected'),
            tooltip: [
              { field: 'network' },
              { field: 'layer' },
              { field: 'name' },
              { field: 'expected', title: 'predicted µs', type: 'quantitative', format: EXACT },
            ],
          },
        },
      ],
    };
  },
  data({ report }) {
    const { networks } = report;
    const [measurements, estimates] = [
      networks.map(({ measurement }) => byIndex(measurement)),
      networks.map(({ device }) => byIndex(device)),
    ];
    const rows = layerRows(report).map(({ id, at, network, name, row }) => ({
      place: {
        id,
        network,
        layer: row.index,
        slot: row.index + (0.84 * (at + 0.5)) / networks.length - 0.42,
        name,
      },
      measured: measurements[at]?.get(row.index),
      estimate: estimates[at]?.get(row.index),
    }));
    return {
      measured: rows.flatMap(({ place, measured }) =>
        measured === undefined
          ? []
          : [
              {
                ...place,
                median: measured.seconds * MICRO,
                low: (measured.low ?? measured.seconds) * MICRO,
                high: (measured.high ?? measured.seconds) * MICRO,
              },
            ],
      ),
      predicted: rows.flatMap(({ place, estimate }) => {
        const seconds = estimate?.predictedSeconds ?? estimate?.floorSeconds;
        return seconds === undefined ? [] : [{ ...place, expected: seconds * MICRO }];
      }),
      rows: rows.flatMap(({ place, measured, estimate }) => {
        const seconds = measured?.seconds ?? estimate?.predictedSeconds ?? estimate?.floorSeconds;
        if (seconds === undefined) return [];
        const expected = estimate?.predictedSeconds ?? estimate?.floorSeconds;
        return [
          {
            ...place,
            shown: seconds * MICRO,
            median: measured === undefined ? null : measured.seconds * MICRO,
            expected: expected === undefined ? null : expected * MICRO,
          },
        ];
      }),
    };
  },
  linked: {
    of: 'rows',
    near: { x: 'slot', y: 'shown', along: 'x' },
    tell: ([row]) => [
      ['measured µs', whole(row?.['median'])],
      ['predicted µs', whole(row?.['expected'])],
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
