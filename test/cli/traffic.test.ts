import { describe, expect, it } from 'vitest';
import { compile, type TopLevelSpec } from 'vega-lite';
import { buildNetwork } from '../../architectures/zoo.ts';
import { bufferSizes } from '../../src/cli/commands/traffic.ts';
import { networkTraffic } from '../../src/latency/networkTraffic.ts';
import { run } from './run.ts';

const csv = async (...args: readonly string[]) => {
  const { stdout } = await run(['traffic', ...args, '--format', 'csv']);
  const [head = '', ...lines] = stdout.trimEnd().split('\n');
  const names = head.split(',');
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((cell, i) => [names[i] as string, cell])),
  );
};

describe('traffic', () => {
  it('reads ranges that double, ranges of even ratios, and lists', () => {
    expect(bufferSizes('16KiB..128KiB', undefined)).toEqual([16384, 32768, 65536, 131072]);
    expect(bufferSizes('16KiB..100KiB', undefined)).toEqual([16384, 32768, 65536, 102400]);
    expect(bufferSizes('1KiB..16KiB', '3')).toEqual([1024, 4096, 16384]);
    expect(bufferSizes('108KiB,2MB, 4096', undefined)).toEqual([110592, 2_000_000, 4096]);
    expect(bufferSizes('1..3', '9')).toEqual([1, 2, 3]);
    expect(() => bufferSizes('2MiB..1MiB', undefined)).toThrow('give the smaller size first');
    expect(() => bufferSizes('64KiB,108KiB', '5')).toThrow('--points divides a range');
    expect(() => bufferSizes('1KiB..1MiB', '1e9')).toThrow('give a whole number from 2 to 1000');
  });

  it('is the traffic of analyze --buffer at every size, and never grows', async () => {
    const rows = await csv('resnet10', '--buffers', '32KiB..2MiB');
    const graph = buildNetwork('resnet10');
    for (const { bufferBytes, dramBytes, compulsory } of rows) {
      const { total, bounds } = networkTraffic(graph, { bufferBytes: Number(bufferBytes) });
      expect([Number(dramBytes), Number(compulsory)]).toEqual([total, bounds.compulsory]);
    }
    const bytes = rows.map(({ dramBytes }) => Number(dramBytes));
    expect(bytes).toEqual([...bytes].sort((a, b) => b - a));
  });

  it('adds up over the layers', async () => {
    const layers = await csv('resnet10', '--buffers', '64KiB,1MiB', '--show', 'layers');
    const points = await csv('resnet10', '--buffers', '64KiB,1MiB');
    for (const { bufferBytes, dramBytes } of points) {
      const own = layers.filter((row) => row['bufferBytes'] === bufferBytes);
      expect(own.reduce((sum, row) => sum + Number(row['dramBytes']), 0)).toBe(Number(dramBytes));
    }
  });

  it('counts what fusion keeps on chip', async () => {
    const [alone, fused] = await Promise.all([
      csv('resnet10', '--buffers', '1MiB'),
      csv('resnet10', '--buffers', '1MiB', '--fusion', 'pairs'),
    ]);
    const { total } = networkTraffic(buildNetwork('resnet10'), { bufferBytes: 2 ** 20, fusion: 'pairs' });
    expect(Number(fused[0]?.['dramBytes'])).toBe(total);
    expect(total).toBeLessThan(Number(alone[0]?.['dramBytes']));
  });

  it('prints the schedule: what stays, tiles that fit, loops', async () => {
    const rows = await csv('resnet10', '--buffers', '108KiB', '--show', 'schedule');
    const schedules = networkTraffic(buildNetwork('resnet10'), { bufferBytes: 110592 }).layers.flatMap(
      ({ schedules: own }) => own,
    );
    expect(rows.map(({ stationary, footprint }) => [stationary, Number(footprint)])).toEqual(
      schedules.map(({ stationary, footprint }) => [stationary, footprint]),
    );
    for (const { footprint, input, weights, output, psums, dramBytes } of rows) {
      expect(Number(footprint)).toBeLessThanOrEqual(110592);
      expect([input, weights, output, psums].reduce((sum, part) => sum + Number(part), 0)).toBe(
        Number(dramBytes),
      );
    }
    const { stdout } = await run(['traffic', 'resnet10', '--buffers', '108KiB', '--show', 'schedule']);
    expect(stdout).toMatch(/108\.0 KiB +8 {2}conv8 .* output +1x86x1x16x16 +out > in\n/);
  });

  it('leaves a dash where a buffer holds no tile, and refuses where none does', async () => {
    const { stdout } = await run(['traffic', 'resnet10', '--buffers', '100B,64KiB']);
    expect(stdout).toMatch(/^ +100 B +– +\d/m);
    expect(await run(['traffic', 'resnet10', '--buffers', '20B'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('holds the smallest tiles of every layer') as string,
    });
  });

  it('refuses options that a schedule does not heed', async () => {
    const schedule = ['traffic', 'resnet10', '--show', 'schedule'];
    for (const [args, message] of [
      [['--fusion', 'pairs'], 'a schedule is that of layers one by one'],
      [['--format', 'vega-lite'], 'a schedule is no chart'],
    ] as const) {
      const stderr = expect.stringContaining(message) as string;
      expect(await run([...schedule, ...args])).toMatchObject({ code: 2, stdout: '', stderr });
    }
  });

  it.each(['network', 'layers'])('draws the curve of the %s', async (shown) => {
    const { stdout } = await run([
      'traffic',
      'resnet10',
      '--show',
      shown,
      '--points',
      '5',
      '--format',
      'vega-lite',
    ]);
    const spec = JSON.parse(stdout) as TopLevelSpec & { layer: { data: { values: unknown[] } }[] };
    const warnings: unknown[] = [];
    compile(spec, {
      logger: {
        level: () => 0,
        warn: (...args: unknown[]) => warnings.push(args),
        info() {},
        debug() {},
        error() {},
      } as never,
    });
    expect(warnings).toEqual([]);
    expect(spec.layer[0]?.data.values).toHaveLength(shown === 'network' ? 5 : 35);
  });
});
