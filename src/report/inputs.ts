import type { DescribedValue, ModelDescription } from '../formats/format.ts';
import { formatBytes, formatCount, plain } from './format.ts';
import { renderGrid, type GridColumn } from './grid.ts';
import { inertJson } from '../inertJson.ts';

export const INPUTS_FORMATS = ['table', 'json'] as const;

/** What a model asks for and holds. */
export interface DescribedModel extends ModelDescription {
  readonly file: string;
}

const shapeOf = ({ shape }: DescribedValue): string =>
  shape === undefined
    ? 'unknown'
    : shape.length === 0
      ? 'scalar'
      : shape.map((extent) => (typeof extent === 'number' ? String(extent) : `[${extent ?? '?'}]`)).join('x');

interface Port extends DescribedValue {
  readonly port: string;
}

const COLUMNS: readonly GridColumn<Port>[] = [
  { id: 'port', title: '', align: 'left', value: ({ port }) => port },
  { id: 'name', title: 'name', align: 'left', value: ({ name }) => name },
  { id: 'dtype', title: 'type', align: 'left', value: ({ dtype }) => dtype },
  { id: 'shape', title: 'shape', align: 'left', value: shapeOf },
];

/** Inputs and outputs with their open extents in brackets, operators, stored size, and the command that comes next. */
export function renderInputs(
  format: (typeof INPUTS_FORMATS)[number],
  model: DescribedModel,
  width: number,
): string {
  if (format === 'json') return `${inertJson(model, 2)}\n`;
  const { file, facts, inputs, outputs, operators, parameters, fix } = model;
  const head = [file, ...facts.map(([name, value]) => `${name} ${value}`)].join('  ');
  const ports = [
    ...inputs.map((value): Port => ({ ...value, port: 'input' })),
    ...outputs.map((value): Port => ({ ...value, port: 'output' })),
  ];
  const listed = operators.map(({ op, count }) => `${String(count)} ${op}`).join(', ');
  const stored =
    parameters === undefined
      ? 'stored tensors: –'
      : `${formatCount(parameters.tensors)} stored tensors of ${formatBytes(parameters.bytes)}`;
  const next =
    fix === undefined
      ? 'every extent is known'
      : fix.startsWith('pass ')
        ? `csp-profile analyze ${file} ${fix.slice('pass '.length)}`
        : fix;
  return (
    `${plain(head)}\n\n` +
    renderGrid('table', COLUMNS, ports, width) +
    `\n${plain(listed)}\n${stored}\n\n${plain(next)}\n`
  );
}
