import { describe, expect, test } from 'vitest';
import type { Architecture, PrintedColumn, PrintedRow } from '../../architectures/architecture.ts';
import { buildNetwork, zoo } from '../../architectures/zoo.ts';
import { profile } from '../../src/analysis/profile.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { elements } from '../../src/units.ts';
import { paperNumbers, prints } from './paper.ts';

const COLUMNS: readonly PrintedColumn[] = ['params', 'bflops', 'cio'];

const networkInput = ({ input }: Architecture): number => (typeof input === 'number' ? input : input[0]);

/** Numbers of these parameter tensors. */
function countRoles(graph: Graph, roles: readonly string[]): number {
  return graph.tensors.reduce(
    (total, { role, type }) => (roles.includes(role) ? total + elements(type.shape) : total),
    0,
  );
}

const ROLES = {
  weights: ['weight'],
  trainable: ['weight', 'bias', 'scale', 'shift'],
  params: ['weight', 'bias', 'scale', 'shift', 'mean', 'variance'],
} as const;

function compute(architecture: Architecture, row: PrintedRow): Readonly<Record<PrintedColumn, number>> {
  const graph = buildNetwork(architecture.name, row.input === undefined ? {} : { input: row.input });
  const { totals } = profile(graph, { flops: row.flops ?? 'darknet-2019', cio: 'cspnet' });
  return {
    params: countRoles(graph, ROLES[row.counts ?? 'weights']),
    bflops: (totals.flops as number) / 1e9,
    cio: totals.cio as number,
  };
}

const rows = zoo().flatMap((architecture) => architecture.printed.map((row) => ({ architecture, row })));

describe('printed numbers', () => {
  test.each(
    rows.map(({ architecture, row }) => ({
      name: architecture.name,
      title: `${row.where}, ${row.row}`,
      architecture,
      row,
    })),
  )('$name: $title', ({ architecture, row }) => {
    const computed = compute(architecture, row);
    for (const column of COLUMNS) {
      const printed = row.values[column];
      const reason = row.mismatch?.[column];
      const verdict = printed === undefined ? undefined : prints(computed[column], printed);
      // A reason is given exactly where the value does not come out.
      expect({ column, computed: computed[column], printed, comesOut: verdict }).toEqual({
        column,
        computed: computed[column],
        printed,
        comesOut: printed === undefined ? undefined : reason === undefined,
      });
    }
  });

  test('are those of the paper', () => {
    const paper = new Map(
      paperNumbers().map((n) => [[n.where, n.model, n.input, n.column].join('|'), n.printed]),
    );
    for (const { architecture, row } of rows) {
      if (!/^(table|figure) \d$/.test(row.where)) continue;
      for (const column of COLUMNS) {
        const key = [
          row.where,
          row.row,
          row.statedInput ?? row.input ?? networkInput(architecture),
          column,
        ].join('|');
        expect([key, row.values[column]]).toEqual([key, paper.get(key)]);
      }
    }
  });
});

describe('prints', () => {
  test('within one unit of the last digit, exclusive', () => {
    expect(prints(0.96671, '0.96')).toBe(true);
    expect(prints(2.79152e6, '2.79M')).toBe(true);
    expect(prints(2.58, '2.57')).toBe(false);
    expect(prints(2.56, '2.57')).toBe(false);
    expect(prints(34_411_496, '34.4M')).toBe(true);
    expect(() => prints(1, 'about 1')).toThrow('not a printed number');
  });
});
