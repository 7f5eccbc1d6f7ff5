import type { Ranking } from '../../analysis/paper/ranking.ts';
import type { PredictedSpeed } from '../../analysis/paper/speed.ts';
import { printedValue } from '../../analysis/paper/reproduce.ts';
import { SPEED_COLUMN_TITLES } from '../speed.ts';
import { figure, type Spec, type VegaLiteSpec } from './chart.ts';

const CLASSES = ['fitted', 'new', 'quoted'] as const;
const WIDTH = 260;
const HEIGHT = 220;

/**
 * Predicted against printed frames per second of each device, and below it how far each cost alone is off as a
 * predictor: what ranks networks on one device need not on another.
 */
export function predictedSpeed(
  where: string,
  speeds: readonly PredictedSpeed[],
  rankings: readonly Ranking[],
): VegaLiteSpec {
  const columns = [...new Set(speeds.map(({ column }) => column))];
  const range = speeds.flatMap(({ printed, predicted }) => [printedValue(printed), predicted]);
  return figure(`${where}: frames per second, printed and predicted, and the error of each cost alone`, {
    vconcat: [
      { hconcat: columns.map((column) => scatter(column, speeds, [Math.min(...range), Math.max(...range)])) },
      { hconcat: columns.map((column) => alone(column, rankings)) },
    ],
  });
}

function scatter(column: string, speeds: readonly PredictedSpeed[], domain: readonly number[]): Spec {
  const own = speeds.filter((speed) => speed.column === column);
  const axis = (field: string, title: string): Spec => ({
    field,
    type: 'quantitative',
    title,
    scale: { type: 'log', domain, nice: false },
    axis: { format: '~s', tickCount: 4, grid: true },
  });
  return {
    title: SPEED_COLUMN_TITLES[column] ?? column,
    width: WIDTH,
    height: HEIGHT,
    layer: [
      {
        data: { values: domain.map((value) => ({ printed: value, predicted: value })) },
        mark: { type: 'line', strokeDash: [4, 3], color: { expr: 'muted' } },
        encoding: { x: axis('printed', 'printed'), y: axis('predicted', 'predicted') },
      },
      {
        data: {
          values: own.map(({ row, input, printed, predicted, class: each, error }) => ({
            row: `${row} @${String(input)}`,
            printed: printedValue(printed),
            predicted,
            class: each,
            error,
          })),
        },
        mark: { type: 'point', filled: true, size: 50, opacity: 0.85 },
        encoding: {
          x: axis('printed', 'printed'),
          y: axis('predicted', 'predicted'),
          color: {
            field: 'class',
            type: 'nominal',
            title: null,
            scale: { domain: CLASSES, range: 'category' },
            legend: { orient: 'top' },
          },
          shape: {
            field: 'class',
            type: 'nominal',
            title: null,
            scale: { domain: CLASSES },
            legend: { orient: 'top' },
          },
          tooltip: [
            { field: 'row' },
            { field: 'printed' },
            { field: 'predicted', format: '.1f' },
            { field: 'error', format: '+.1%' },
          ],
        },
      },
    ],
  };
}

const alone = (column: string, rankings: readonly Ranking[]): Spec => ({
  width: WIDTH,
  height: HEIGHT,
  data: {
    values: rankings
      .filter(({ device }) => device === column)
      .map(({ metric, leaveOneOut, tau }) => ({ metric, error: leaveOneOut, tau })),
  },
  mark: { type: 'bar' },
  encoding: {
    y: { field: 'metric', type: 'nominal', title: null, sort: { field: 'error', order: 'ascending' } },
    x: {
      field: 'error',
      type: 'quantitative',
      title: 'error of time = c * metric',
      axis: { format: '.0%', tickCount: 4 },
    },
    tooltip: [
      { field: 'metric' },
      { field: 'error', title: 'mean error', format: '.1%' },
      { field: 'tau', title: 'Kendall tau', format: '.3f' },
    ],
  },
});
