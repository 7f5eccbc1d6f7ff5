import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import schema from '../../src/schemas/device.schema.json' with { type: 'json' };
import { ENERGY_TABLES } from '../../src/devices/energyTable.ts';
import { deviceById, DEVICES } from '../../src/devices/registry.ts';
import { readDevice, readEnergyTable } from '../../src/devices/validate.ts';
import { ProfileError } from '../../src/diagnostics.ts';

const validates = new Ajv2020({ strictTypes: false }).compile(schema);

const accepts = (value: unknown): boolean => {
  try {
    readDevice(JSON.stringify(value), 'device.json');
    return true;
  } catch (error) {
    if (error instanceof ProfileError) return false;
    throw error;
  }
};

const linesOf = (value: unknown): string[] => {
  try {
    readDevice(typeof value === 'string' ? value : JSON.stringify(value), 'my-asic.json');
    return [];
  } catch (error) {
    if (error instanceof ProfileError) return error.message.split('\n');
    throw error;
  }
};

const asic = {
  schemaVersion: 1,
  id: 'my-asic',
  title: 'My ASIC',
  kind: 'npu',
  peak: { int8: { value: 1e12, unit: 'op/s', status: 'unverified', note: 'planned', dense: true } },
  memory: [
    { name: 'dram', bandwidth: { value: 8e9, unit: 'byte/s', status: 'unverified', note: 'planned' } },
    { name: 'sram', capacity: { value: 524288, unit: 'byte', status: 'unverified', note: 'planned' } },
  ],
  array: {
    rows: { value: 32, unit: '1', status: 'unverified', note: 'planned' },
    columns: { value: 32, unit: '1', status: 'unverified', note: 'planned' },
    dataflow: 'ws',
  },
  overhead: { perLayer: { value: 1e-6, unit: 's', status: 'unverified', note: 'planned' } },
  energy: { ...ENERGY_TABLES[1], id: 'mine' },
};

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

/** The value with what lies at the path changed; `undefined` removes it. */
function changed(value: unknown, path: Path, change: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const list: unknown[] = value;
    return list.flatMap((inner, i) =>
      String(i) !== String(key)
        ? [inner]
        : rest.length === 0 && change === undefined
          ? []
          : [changed(inner, rest, change)],
    );
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      const result: unknown = name === key ? changed(inner, rest, change) : inner;
      return result === undefined ? [] : [[name, result]];
    }),
  );
}

describe('a device file', () => {
  it('is accepted as the JSON schema accepts it', () => {
    expect(linesOf(asic)).toEqual([]);
    for (const device of [asic, ...DEVICES])
      expect([validates(device), validates.errors]).toEqual([true, null]);
  });

  test('whatever is changed in it, the schema and the validator agree', () => {
    const subjects: readonly unknown[] = [asic, deviceById('gtx1080ti'), deviceById('coral-edgetpu')];
    const change = fc.constantFrom<unknown>(
      undefined,
      null,
      0,
      -1,
      2.5,
      32,
      '',
      ' ',
      'x',
      'verified',
      'unverified',
      'op/s',
      '2026-01-31',
      true,
      [],
      {},
      [[1, 2]],
    );
    fc.assert(
      fc.property(fc.constantFrom(...subjects), fc.nat(), change, (subject, index, replacement) => {
        const paths = pathsOf(subject);
        const result = changed(subject, paths[index % paths.length] ?? [], replacement);
        fc.pre(result !== undefined);
        expect([JSON.stringify(result), accepts(result)]).toEqual([
          JSON.stringify(result),
          validates(result),
        ]);
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused with one line for each thing wrong, by its path', () => {
    const bad = {
      ...asic,
      schemaVersion: 2,
      peak: { int8: { value: '1 TOPS', unit: 'TOPS', status: 'verified', source: 'https://example.org' } },
      memory: [{ name: 'dram', bandwith: 1 }],
    };
    expect(linesOf(bad)).toEqual([
      'my-asic.json schemaVersion: is 2 (fix: use 1) CSP511',
      'my-asic.json peak.int8: has no "dense" (fix: add "dense") CSP511',
      'my-asic.json peak.int8.value: is "1 TOPS", not a positive number (fix: write a positive number in the stated unit) CSP511',
      'my-asic.json peak.int8.unit: is "TOPS" (fix: use "op/s") CSP511',
      'my-asic.json peak.int8: is "verified" without "retrieved" (fix: name the source and the day on which it was read, or say "unverified") CSP511',
      'my-asic.json memory[0].bandwith: is no field of this object (fix: remove it, or use one of name, capacity, bandwidth) CSP511',
    ]);
  });

  it('is refused in one line where it is no JSON or no object', () => {
    expect(linesOf('{')).toHaveLength(1);
    expect(linesOf('{')[0]).toMatch(/^my-asic\.json: is not JSON: .* CSP511$/);
    expect(linesOf('[]')).toEqual([
      'my-asic.json: is [], not an object (fix: write an object with schemaVersion, id, title, kind, peak, memory) CSP511',
    ]);
  });
});

describe('an energy table file', () => {
  it('is accepted if a built-in table would be', () => {
    for (const table of ENERGY_TABLES)
      expect(readEnergyTable(JSON.stringify(table), 'table.json')).toEqual(table);
  });

  it('is refused where its points do not ascend', () => {
    const table = {
      ...ENERGY_TABLES[0],
      onChip: {
        accessBits: 64,
        points: [
          [1024, 1],
          [512, 2],
        ],
      },
    };
    expect(() => readEnergyTable(JSON.stringify(table), 'table.json')).toThrow(
      'table.json onChip.points[1][0]: is 512 (fix: list the capacities in ascending order) CSP511',
    );
  });
});
