import type { LayerSchedule, LayerTrafficPoint, TrafficPoint } from '../../analysis/device/traffic.ts';
import { formatBytes } from '../format.ts';
import type { GridColumn } from '../grid.ts';
import { unicodeBar } from '../style.ts';

type BytesOf<Row> = (row: Row) => number | undefined;

const bytes = <Row>(id: string, title: string, value: BytesOf<Row>): GridColumn<Row> => ({
  id,
  title,
  align: 'right',
  value,
  text(row) {
    const found = value(row);
    return found === undefined ? '–' : formatBytes(found);
  },
});

const buffer = <Row extends { readonly bufferBytes: number }>(): GridColumn<Row> =>
  bytes('bufferBytes', 'buffer', (row) => row.bufferBytes);

type Place = Pick<LayerTrafficPoint, 'index' | 'name' | 'operator'>;

const layer = <Row>(placeOf: (row: Row) => Place | undefined): readonly GridColumn<Row>[] => [
  { id: 'index', title: '#', align: 'right', value: (row) => placeOf(row)?.index },
  { id: 'name', title: 'layer', align: 'left', value: (row) => placeOf(row)?.name },
  { id: 'operator', title: 'operator', align: 'left', value: (row) => placeOf(row)?.operator },
];

const ratio = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(2)}x`);

const BAR = 30;

/** One line per size of the buffer, and a bar to see where a larger one stops to pay. */
export function pointColumns(points: readonly TrafficPoint[]): readonly GridColumn<TrafficPoint>[] {
  const most = Math.max(...points.flatMap(({ dramBytes }) => dramBytes ?? []));
  return [
    buffer(),
    bytes('dramBytes', 'DRAM', ({ dramBytes }) => dramBytes),
    bytes('compulsory', 'compulsory', ({ compulsory }) => compulsory),
    {
      id: 'overCompulsory',
      title: 'over it',
      align: 'right',
      value: ({ overCompulsory }) => overCompulsory,
      text: ({ overCompulsory }) => ratio(overCompulsory),
    },
    {
      id: 'bar',
      title: '',
      align: 'left',
      peopleOnly: true,
      value: ({ dramBytes }) => (dramBytes === undefined ? '' : unicodeBar(dramBytes / most, BAR)),
    },
  ];
}

/** One line per layer and size. */
export const LAYER_POINT_COLUMNS: readonly GridColumn<LayerTrafficPoint>[] = [
  ...layer<LayerTrafficPoint>((point) => point),
  buffer(),
  bytes('dramBytes', 'DRAM', ({ dramBytes }) => dramBytes),
  bytes('compulsory', 'compulsory', ({ compulsory }) => compulsory),
];

/** What is near enough to the compulsory bytes. */
const ENOUGH = 1.05;

/** One line per layer: what it moves at the smallest and the largest size, and from which on it moves little more than it must. */
export const LAYER_CURVE_COLUMNS: readonly GridColumn<readonly LayerTrafficPoint[]>[] = [
  ...layer<readonly LayerTrafficPoint[]>(([point]) => point),
  bytes('compulsory', 'compulsory', ([point]) => point?.compulsory),
  bytes('smallest', 'smallest', ([point]) => point?.dramBytes),
  bytes('largest', 'largest', (points) => points.at(-1)?.dramBytes),
  bytes(
    'enough',
    `within ${String(Math.round(100 * ENOUGH - 100))} % from`,
    (points) => points.find(({ overCompulsory = Infinity }) => overCompulsory <= ENOUGH)?.bufferBytes,
  ),
];

const LOOPS = { pixels: 'pixels', outputChannels: 'out', inputChannels: 'in' } as const;

export const SCHEDULE_COLUMNS: readonly GridColumn<LayerSchedule>[] = [
  buffer(),
  ...layer<LayerSchedule>((schedule) => schedule),
  bytes('dramBytes', 'DRAM', ({ dramBytes }) => dramBytes),
  { id: 'stationary', title: 'stays', align: 'left', value: ({ stationary }) => stationary },
  { id: 'tile', title: 'tile n,m,c,hw', align: 'left', value: ({ tile }) => tile.join('x') },
  {
    id: 'loops',
    title: 'loops, outermost first',
    align: 'left',
    value: ({ loops }) => loops.join(' '),
    text: ({ loops }) => loops.map((loop) => LOOPS[loop]).join(' > '),
  },
  ...(['input', 'weights', 'output', 'psums', 'footprint'] as const).map((id): GridColumn<LayerSchedule> => ({
    ...bytes(id, id, (row) => row[id]),
    machineOnly: true,
  })),
];
