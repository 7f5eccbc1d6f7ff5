import { describe, expect, it } from 'vitest';
import { gate } from '../../src/analysis/gate/gate.ts';
import { parseLimit } from '../../src/analysis/gate/limit.ts';
import { gateMetric } from '../../src/analysis/gate/metrics.ts';
import type { GateResult } from '../../src/analysis/gate/result.ts';
import { parseRule } from '../../src/analysis/gate/rule.ts';
import { isProblem } from '../../src/ops/spec.ts';
import { GATE_FORMATS } from '../../src/report/gate/registry.ts';
import { made, row } from '../analysis/rows.ts';
import { sarifErrors } from './sarif.ts';
import { junitErrors, parseXml, type Element } from './xml.ts';

const place = { format: 'config', file: 'gate.yaml', line: 7 } as const;
const LONG = 'a layer whose name goes on and on, % and all, '.repeat(4);

/** A network that breaks a limit and two rules of one name, which is the limit's as well. */
function failing(model: string, isBuiltIn = false): GateResult {
  const metric = gateMetric('macs')!;
  const [limit, rule] = [parseLimit('+0%', metric), parseRule('macs <= 1')];
  if (isProblem(limit) || isProblem(rule)) throw new TypeError('not parsed');
  const layers = Array.from({ length: model.endsWith('-0') ? 40 : 2 }, (_, i) =>
    row(i, {
      name: `${LONG}${String(i)}x`,
      macs: 10 + i,
      ...(isBuiltIn ? {} : { origin: { format: 'onnx', file: `${model}.onnx`, node: 'conv' } }),
    }),
  );
  const now = made(
    layers,
    { macs: 186 },
    { coverage: { counted: 12, uncounted: [{ op: 'Mystery', count: 1 }] } },
  );
  const before = made(
    layers.map((each) => ({ ...each, macs: 1 })),
    { macs: 12 },
  );
  const named = {
    name: 'macs',
    rule,
    place,
    severity: 'error' as const,
    message: model.endsWith('-0') ? LONG.repeat(30) : 'too large',
  };
  const baseline = { name: 'base.json', profile: before, updatable: true };
  const target = {
    model,
    place,
    limits: [{ metric, limit, place }],
    measured: [],
    rules: [named, { ...named, severity: 'warn' as const }],
  };
  return gate(target, now, baseline);
}

const COUNT = 2000;
const ALL = Array.from({ length: COUNT }, (_, i) =>
  failing(`models/network-${String(i % (COUNT - 1))}`, i % 2 === 0),
);

async function rendered(
  format: keyof typeof GATE_FORMATS,
  mostBytes?: number,
  results = ALL,
): Promise<string> {
  const render = await GATE_FORMATS[format]();
  return render(
    { config: 'gate.yaml', results },
    {
      width: 80,
      color: false,
      tool: { name: 'csp-profile', version: '0' },
      inRepository: (file) => file,
      ...(mostBytes !== undefined && { mostBytes }),
    },
  );
}

describe('2,000 networks that fail', () => {
  it('are ten annotations of a kind, each as long as the runner shows and no longer', async () => {
    const lines = (await rendered('github')).split('\n').filter((line) => line.startsWith('::'));
    for (const kind of ['error', 'warning', 'notice']) {
      const mine = lines.filter((line) => line.startsWith(`::${kind} `));
      expect(mine).toHaveLength(10);
      for (const line of mine) {
        const [, properties = '', data = ''] = /^::\w+ (.*?)::(.*)$/.exec(line) ?? [];
        expect(data.length).toBeLessThanOrEqual(4096);
        expect(/title=(.*)$/.exec(properties)?.[1]?.length).toBeLessThan(300);
      }
      const last = mine.at(-1) ?? '';
      const shown = last.split('%0A');
      const promised = Number(/title=(\d+) more/.exec(last)?.[1]);
      const [, more] = /^and (\d+) more$/.exec(shown.at(-1) ?? '') ?? [];
      expect(promised).toBe(kind === 'error' ? 2 * COUNT - 9 : kind === 'warning' ? COUNT - 9 : COUNT - 8);
      expect(shown.length - 1 + Number(more)).toBe(promised);
      expect(last.length).toBeGreaterThan(1500);
    }
    // Escapes are whole.
    expect(lines.join('\n').replace(/%(25|0A|3A|2C)/g, '')).not.toContain('%');
  });

  it('are as many in the summary of a step as there is room for, and said', async () => {
    const most = 2 ** 20 - 2 ** 14;
    const text = await rendered('markdown', most);
    expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(most);
    expect(new TextEncoder().encode(text).length).toBeGreaterThan(0.95 * most);
    const shown = text.match(/^### /gm)?.length ?? 0;
    expect(text).toContain(`and ${String(COUNT - shown)} more networks\n`);
    expect(text).toContain('gate --update');
    expect(await rendered('markdown', 10)).toBe('');
    expect((await rendered('markdown')).match(/^### /gm)).toHaveLength(COUNT);
  });

  it('show those that fail first, where there is not room for all', async () => {
    const [first, ...others] = ALL;
    const passing = others.map((each) => ({
      ...each,
      checks: each.checks.map((check) => ({ ...check, status: 'pass' as const })),
    }));
    const text = await rendered('markdown', 100_000, [...passing, { ...first!, model: 'the one' }]);
    expect(text.indexOf('### the one')).toBeGreaterThan(0);
    expect(text.indexOf('### the one')).toBeLessThan(text.indexOf('### models'));
  });

  it('are results of SARIF, each in a file, at a line, with a fingerprint of its own', async () => {
    const log = JSON.parse(await rendered('sarif')) as {
      runs: [
        {
          results: {
            partialFingerprints: Record<string, string>;
            locations: { physicalLocation: { artifactLocation: { uri: string } } }[];
          }[];
        },
      ];
    };
    expect(sarifErrors(log)).toEqual([]);
    const [{ results }] = log.runs;
    expect(results).toHaveLength(3 * COUNT);
    expect(new Set(results.map((each) => each.partialFingerprints['demand/v1'])).size).toBe(3 * COUNT);
    expect(results[0]?.locations[0]?.physicalLocation.artifactLocation.uri).toBe('gate.yaml');
    expect(results[3]?.locations[0]?.physicalLocation.artifactLocation.uri).toBe('models/network-1.onnx');
  });

  it('are 25,000 results of SARIF at most, errors first, and the rest is counted', async () => {
    const [result] = ALL;
    const [check] = result!.checks;
    const many = Array.from({ length: 25_010 }, (_, i) => ({
      ...check!,
      causes: [],
      status: i < 20 ? ('warn' as const) : ('fail' as const),
    }));
    const log = JSON.parse(await rendered('sarif', undefined, [{ ...result!, checks: many }])) as {
      runs: [{ results: { level: string }[]; invocations: object[] }];
    };
    expect(log.runs[0].results).toHaveLength(25_000);
    expect(log.runs[0].results.filter(({ level }) => level === 'warning')).toHaveLength(10);
    expect(JSON.stringify(log.runs[0].invocations)).toContain('10 more checks are not met and not listed.');
  });

  it('are cases of JUnit, no two of one name', async () => {
    const root = parseXml(await rendered('junit'));
    expect(junitErrors(root)).toEqual([]);
    const cases = (element: Element): readonly Element[] =>
      element.name === 'testcase' ? [element] : element.children.flatMap(cases);
    const names = cases(root).map(({ attributes }) => `${attributes['classname']!}\n${attributes['name']!}`);
    expect(names).toHaveLength(3 * COUNT);
    expect(new Set(names).size).toBe(3 * COUNT);
    expect(names.slice(0, 3)).toEqual(
      ['macs', 'macs (2)', 'macs (3)'].map((name) => `models/network-0\n${name}`),
    );
    expect(names.at(-1)).toBe('models/network-0 (2)\nmacs (3)');
  });
});
