import {
  measuredSpeeds,
  orderAgreements,
  type MeasuredSpeed,
  type OrderAgreement,
  type PrintedNetwork,
} from '../../analysis/measurement/paper.ts';
import type { MeasuredLayer, Measurement } from '../../analysis/measurement/measurement.ts';
import type { Profile, ProfileRow } from '../../analysis/profile.ts';
import { DASH } from '../columns.ts';
import { gridOf, type Section } from '../document.ts';
import { formatCount, formatPercent } from '../format.ts';
import type { GridColumn } from '../grid.ts';
import { formatTime, setupSection } from './measurement.ts';

const decimals = (value: number | undefined): string => (value === undefined ? DASH : value.toFixed(2));

/** Networks of a publication, measured here, beside their printed speeds: all relative to the first one. */
export function measuredTable(
  measurement: Measurement,
  printed: readonly PrintedNetwork[],
  title: string,
): readonly Section[] {
  const speeds = measuredSpeeds(measurement, printed);
  const columns = [...new Set(speeds.flatMap((row) => Object.keys(row.printed)))];
  const [first] = printed;
  return [
    { ...setupSection(measurement), id: 'measuredSetup' },
    {
      id: 'measuredSpeeds',
      title: `${title}: speed measured here beside the printed ones, relative to ${first?.row ?? ''}`,
      grid: gridOf(speedColumns(columns), speeds),
    },
    {
      id: 'measuredOrder',
      title: `${title}: do the printed devices and this one order the networks alike?`,
      grid: gridOf(ORDER_COLUMNS, orderAgreements(speeds)),
    },
  ];
}

const speedColumns = (columns: readonly string[]): readonly GridColumn<MeasuredSpeed>[] => [
  { id: 'row', title: 'network', align: 'left', value: ({ row }) => row },
  { id: 'network', title: 'zoo', align: 'left', value: ({ measured }) => measured.network.name },
  {
    id: 'input',
    title: 'input',
    align: 'right',
    value: ({ measured }) => measured.network.inputs[0]?.shape[2],
  },
  {
    id: 'ns',
    title: 'time here',
    align: 'right',
    value: ({ measured }) => measured.latency.ns,
    text: ({ measured }) => formatTime(measured.latency.ns),
  },
  {
    id: 'speed',
    title: 'speed here',
    align: 'right',
    value: ({ speed }) => speed,
    text: ({ speed }) => decimals(speed),
  },
  {
    id: 'interval',
    title: '95 %',
    align: 'left',
    value: ({ interval }) => interval?.join(' '),
    text: ({ interval }) => (interval === undefined ? DASH : interval.map(decimals).join(' to ')),
  },
  ...columns.map((column): GridColumn<MeasuredSpeed> => ({
    id: column,
    title: column.replace(/^fps/, '').replace('_', '-'),
    align: 'right',
    value: ({ printed }) => printed[column],
    text: ({ printed }) => decimals(printed[column]),
  })),
];

const ORDER_COLUMNS: readonly GridColumn<OrderAgreement>[] = [
  { id: 'column', title: 'printed column', align: 'left', value: ({ column }) => column },
  {
    id: 'tau',
    title: "Kendall's tau",
    align: 'right',
    value: ({ tau }) => tau,
    text: ({ tau }) => decimals(tau),
  },
  { id: 'networks', title: 'networks', align: 'right', value: ({ networks }) => networks },
];

/** A layer of a measured network with its costs. */
interface MeasuredCost {
  readonly layer: MeasuredLayer;
  readonly costs: ProfileRow;
  readonly latencyNs: number;
}

/**
 * Time of each layer next to its FLOPs and CIO.
 *
 * @param costs profiles of the networks of the measurement, in its order
 */
export function measuredLayers(measurement: Measurement, costs: readonly Profile[]): readonly Section[] {
  return [
    { ...setupSection(measurement), id: 'measuredSetup' },
    ...measurement.networks.map(({ network, latency, layers }, i): Section => {
      const rows = layers.map((layer) => ({
        layer,
        costs: (costs[i] as Profile).layers[layer.index] as ProfileRow,
        latencyNs: latency.ns,
      }));
      return {
        id: `measured${String(i)}`,
        title: `${network.name}: ${formatTime(latency.ns)}, layer by layer`,
        grid: gridOf(COST_COLUMNS, rows),
      };
    }),
  ];
}

const COST_COLUMNS: readonly GridColumn<MeasuredCost>[] = [
  { id: 'index', title: '#', align: 'right', value: ({ layer }) => layer.index },
  { id: 'name', title: 'layer', align: 'left', value: ({ layer }) => layer.name },
  { id: 'operator', title: 'operator', align: 'left', value: ({ layer }) => layer.detail ?? layer.kind },
  {
    id: 'flops',
    title: 'BFLOPs',
    align: 'right',
    value: ({ costs }) => costs.flops,
    text: ({ costs }) => (costs.flops === undefined ? DASH : (costs.flops / 1e9).toFixed(4)),
  },
  {
    id: 'cio',
    title: 'CIO',
    align: 'right',
    value: ({ costs }) => costs.cio,
    text: ({ costs }) => (costs.cio === undefined ? DASH : formatCount(costs.cio)),
  },
  {
    id: 'ns',
    title: 'time',
    align: 'right',
    value: ({ layer }) => layer.ns,
    text: ({ layer }) => formatTime(layer.ns),
  },
  {
    id: 'share',
    title: 'of the time',
    align: 'right',
    value: ({ layer, latencyNs }) => layer.ns / latencyNs,
    text: ({ layer, latencyNs }) => formatPercent(layer.ns / latencyNs),
  },
];
