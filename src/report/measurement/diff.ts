import type { LatencyChange, LayerTimeChange } from '../../analysis/measurement/diff.ts';
import { gridOf, type Section } from '../document.ts';
import { formatPercent } from '../format.ts';
import type { GridColumn } from '../grid.ts';
import { formatTime } from './measurement.ts';

/** Two measurements compared: networks first, then the layers that changed most. */
export function measurementChanges(
  changes: readonly LatencyChange[],
  top: number | 'all',
): readonly Section[] {
  return [
    {
      id: 'latency',
      title: 'Latency before and after',
      sentences: [
        'a verdict is given where the 95 % interval leaves out that nothing changed; relative to a network that both measured, it holds on another machine too',
      ],
      grid: gridOf(NETWORK_COLUMNS, changes),
    },
    ...changes.flatMap(({ network, layers }, i) =>
      layers === undefined
        ? []
        : [
            {
              id: `layers${String(i)}`,
              title: `${network}: layers whose time changed most`,
              grid: gridOf(LAYER_COLUMNS, top === 'all' ? layers : layers.slice(0, top)),
            },
          ],
    ),
  ];
}

const signed = (ratio: number): string => (ratio < 1 ? '-' : '+') + formatPercent(Math.abs(ratio - 1));

/** Both sides of a comparison, in nanoseconds. */
const TIMES: readonly GridColumn<{ readonly before: number; readonly after: number }>[] = [
  {
    id: 'before',
    title: 'before',
    align: 'right',
    value: ({ before }) => before,
    text: ({ before }) => formatTime(before),
  },
  {
    id: 'after',
    title: 'after',
    align: 'right',
    value: ({ after }) => after,
    text: ({ after }) => formatTime(after),
  },
];

const NETWORK_COLUMNS: readonly GridColumn<LatencyChange>[] = [
  { id: 'network', title: 'network', align: 'left', value: ({ network }) => network },
  ...TIMES,
  {
    id: 'ratio',
    title: 'change',
    align: 'right',
    value: ({ ratio }) => ratio,
    text: ({ ratio }) => signed(ratio),
  },
  {
    id: 'interval',
    title: '95 % confidence',
    align: 'left',
    value: ({ interval }) => interval.join(' '),
    text: ({ interval }) => interval.map(signed).join(' to '),
  },
  { id: 'verdict', title: 'verdict', align: 'left', value: ({ verdict }) => verdict },
  { id: 'relativeTo', title: 'relative to', align: 'left', value: ({ relativeTo }) => relativeTo },
];

const LAYER_COLUMNS: readonly GridColumn<LayerTimeChange>[] = [
  { id: 'index', title: '#', align: 'right', value: ({ index }) => index },
  { id: 'name', title: 'layer', align: 'left', value: ({ name }) => name },
  ...TIMES,
  {
    id: 'change',
    title: 'change',
    align: 'right',
    value: ({ before, after }) => after - before,
    text: ({ before, after }) => (after < before ? '-' : '+') + formatTime(Math.abs(after - before)),
  },
];
