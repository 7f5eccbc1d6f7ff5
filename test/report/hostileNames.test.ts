import { describe, expect, it } from 'vitest';
import { diff } from '../../src/analysis/diff.ts';
import { explain } from '../../src/analysis/explain/explain.ts';
import { gate } from '../../src/analysis/gate/gate.ts';
import type { GateResult } from '../../src/analysis/gate/result.ts';
import { parseLimit } from '../../src/analysis/gate/limit.ts';
import { MEASURED_METRICS } from '../../src/analysis/gate/measured.ts';
import { gateMetric, type GateMetric } from '../../src/analysis/gate/metrics.ts';
import { parseRule } from '../../src/analysis/gate/rule.ts';
import { profile, type Profile } from '../../src/analysis/profile.ts';
import { writeDot } from '../../src/formats/dot/write.ts';
import { isProblem } from '../../src/ops/spec.ts';
import { DIFF_FORMATS, renderDiff } from '../../src/report/diff.ts';
import { EXPLANATION_FORMATS, renderExplanation } from '../../src/report/explain.ts';
import { plain } from '../../src/report/format.ts';
import { GATE_FORMATS } from '../../src/report/gate/registry.ts';
import { FORMATS } from '../../src/report/registry.ts';
import { HOSTILE, hostile } from './hostile.ts';
import { sarifErrors } from '../gate/sarif.ts';
import { measurement, network } from '../probe/made.ts';
import { junitErrors, parseXml, type Element } from '../gate/xml.ts';

const TOOL = { name: 'csp-profile', version: '0' };

/** The outcome of a gate that fails, by limits and by rules whose names are hostile as well. */
function gated(name: string, now: Profile, before: Profile): GateResult {
  const metric = gateMetric('macs') as GateMetric;
  const limit = parseLimit('+0%', metric);
  const rule = parseRule('macs <= baseline.macs');
  const [, ratio] = MEASURED_METRICS;
  const half = parseLimit('0.5', ratio);
  if (isProblem(limit) || isProblem(rule) || isProblem(half)) throw new TypeError('not parsed');
  const place = { format: 'config', file: name, line: 5, path: name } as const;
  return gate(
    {
      model: name,
      place,
      limits: [{ metric, limit, place }],
      measured: [{ metric: ratio, limit: half, severity: 'warn', place }],
      rules: (['error', 'warn'] as const).map((severity) => ({ name, rule, severity, message: name, place })),
    },
    now,
    { name, profile: before, updatable: true },
    { measurement: measurement([network(name, 2e6), network(name, 2e6)]), network: 1, reference: 0 },
  );
}

/** Every format of everything, with the name in all places. */
async function outputs(name: string): Promise<ReadonlyMap<string, string>> {
  const graph = hostile(name, 8);
  const [before, now] = [profile(hostile(name, 4)), profile(graph)];
  const all = new Map<string, string>();
  for (const width of [80, 160]) {
    const options = { width, color: false, top: 'all', tool: TOOL } as const;
    for (const [format, load] of Object.entries(FORMATS)) {
      all.set(`${format} ${String(width)}`, (await load())(now, options));
    }
    for (const format of DIFF_FORMATS) {
      all.set(
        `diff ${format} ${String(width)}`,
        renderDiff(format, diff(before, now), { ...options, metrics: ['macs', 'cio'] }),
      );
    }
    const report = { config: name, results: [gated(name, now, before)] };
    for (const [format, load] of Object.entries(GATE_FORMATS)) {
      const inRepository = (file: string) => file;
      all.set(`gate ${format} ${String(width)}`, (await load())(report, { ...options, inRepository }));
    }
  }
  for (const format of EXPLANATION_FORMATS) {
    all.set(`explain ${format}`, renderExplanation(format, explain(graph), { width: 80, tool: TOOL }));
  }
  all.set('dot', writeDot(graph));
  return all;
}

const isJson = (format: string): boolean => /json|sarif|bencher|benchmark/.test(format);

/** Everything that a terminal or a log would obey. */
const OBEYED =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|^\s*::|##\w*\[/m;

/** What acts on a terminal or hides, in any format: JSON and CSV show its code. */
const ACTING =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/;

/** Markup of Markdown and HTML that is not escaped: tags, links, images, code, mentions, templates. */
const MARKUP = /<[A-Za-z!/?%]|(?<!\\)[`[\]{}]|(?<!\\)!\\?\[|@(?!\d)|[a-z]:\/\/|\$\{/;

/** Cells of RFC 4180. */
function csvCells(text: string): readonly string[] {
  const cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n|$)/y;
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const match = cell.exec(text);
    if (match === null) throw new SyntaxError(`no cell at ${text.slice(at, at + 20)}`);
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
  }
  return cells;
}

/** Every text of a JSON value, keys included. */
function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return [...(Array.isArray(value) ? [] : Object.keys(value)), ...Object.values(value).flatMap(texts)];
}

const elements = (root: Element): readonly Element[] => [root, ...root.children.flatMap(elements)];

describe.each(HOSTILE.map((name) => [JSON.stringify(name), name]))('%s', (_, name) => {
  it('is text in every format, and nothing else', async () => {
    for (const [format, output] of await outputs(name)) {
      const shown = plain(name);
      expect(output.length, format).toBeGreaterThan(0);
      if (!format.startsWith('gate github')) expect(output, format).not.toMatch(ACTING);
      if (isJson(format)) {
        const found = texts(JSON.parse(output));
        if (format.startsWith('gate sarif')) {
          expect(sarifErrors(JSON.parse(output)), format).toEqual([]);
          // Brackets and braces are escaped in messages, and the name is whole where nothing reads them.
          expect(
            found.some((text) => text.includes(shown)),
            format,
          ).toBe(true);
        } else {
          expect(
            found.some((text) => text === name || text.startsWith(`${name} `)),
            format,
          ).toBe(true);
        }
        continue;
      }
      if (format.startsWith('csv')) {
        const cells = csvCells(output);
        // What a spreadsheet would run stands behind an apostrophe.
        expect(
          cells.filter((cell) => /^[=+@\t\r-]/.test(cell)),
          format,
        ).toEqual([]);
        expect(
          cells.some((cell) => cell === shown || cell === `'${shown}`),
          format,
        ).toBe(true);
        continue;
      }
      if (format.startsWith('gate github')) {
        const commands = output.split('\n').filter((line) => /^\s*::/.test(line));
        expect(
          commands.map((line) => /^::(error|warning|notice) [^\r\n]*?::/.exec(line)?.[1]),
          format,
        ).toEqual(['error', 'error', 'warning', 'warning', 'notice', 'notice'].slice(0, commands.length));
        // Properties end at a comma or colon, which the name may not bring.
        const [, properties = ''] = /^::error (.*?)::/.exec(commands[0]!) ?? [];
        const values = new Map(
          properties
            .split(',')
            .map((each) => each.split('=', 1).concat(each.replace(/^\w+=/, '')) as [string, string]),
        );
        expect([...values.keys()], format).toEqual(['file', 'line', 'title']);
        const title = values
          .get('title')!
          .replaceAll('%3A', ':')
          .replaceAll('%2C', ',')
          .replaceAll('%25', '%');
        expect(title, format).toBe(`${shown}: macs`);
        expect(output.replace(/^::(error|warning|notice) /gm, ''), format).not.toMatch(OBEYED);
        continue;
      }
      expect(output, format).not.toMatch(OBEYED);
      if (format.includes('junit')) {
        const root = parseXml(output);
        expect(junitErrors(root), format).toEqual([]);
        const whole = shown.replace(/[\ufffe\uffff]/g, '\ufffd');
        expect(
          elements(root).some(({ attributes }) => attributes['classname'] === whole),
          format,
        ).toBe(true);
      } else if (format.includes('markdown')) {
        // Tables and headings of our own have none of these; a diff folds its details.
        const code = output
          .replace(/`(darknet|cspnet)`/g, '')
          .replace('\n<details><summary>Where it comes from: stages, kinds and layers</summary>\n', '')
          .replace('\n</details>\n', '');
        expect(MARKUP.exec(code)?.[0], format).toBe(undefined);
      } else if (format === 'dot') {
        const outside = output.replace(/"(?:[^"\\]|\\.)*"/g, '');
        expect(outside, format).toMatch(/^[a-z0-9 {}[\]=;,>\n-]*$/);
        expect(output, format).toContain(shown.replace(/[\\"]/g, '\\$&'));
      } else {
        expect(output, format).toContain(shown.slice(0, 5).trim());
      }
    }
  });
});

it('the names are at least forty', () => {
  expect(new Set(HOSTILE).size).toBeGreaterThanOrEqual(40);
});
