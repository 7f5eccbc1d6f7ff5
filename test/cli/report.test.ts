import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profile } from '../../src/analysis/profile.ts';
import type { Measurement } from '../../src/analysis/measurement/measurement.ts';
import { renderJson } from '../../src/report/json.ts';
import type { PageData } from '../../src/report/html/render.ts';
import { builtPage } from '../report/builtPage.ts';
import { hostileNetwork } from '../report/hostile.ts';
import { TOOL, deepProfile } from '../report/samples.ts';
import { run } from './run.ts';

const cwd = mkdtempSync(join(tmpdir(), 'csp-profile-report-'));
const options = { cwd };

beforeAll(builtPage);
afterAll(() => rmSync(cwd, { recursive: true }));

const written = (name: string): string => readFileSync(join(cwd, name), 'utf8');

const dataOf = (html: string): PageData =>
  JSON.parse(
    /<script type="application\/json" id="data">([^]*?)<\/script>/.exec(html)?.[1] ?? '',
  ) as PageData;

const without = (value: object, ...keys: readonly string[]): object =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));

/** The data of a page without what a saved profile does not have, and without the command. */
function withoutOwn(html: string): unknown {
  const { report, metric, panels } = dataOf(html);
  const networks = report.networks.map((network) => without(without(network, 'advice'), 'sources'));
  return {
    metric,
    panels: panels.filter(({ chart }) => chart !== 'network'),
    report: { ...without(report, 'made'), networks },
  };
}

describe('report', () => {
  it('writes one page that may load nothing, and run only what it carries', async () => {
    expect(await run(['report', 'resnext50', 'cspresnext50', '-o', 'two.html'], options)).toEqual({
      code: 0,
      stdout: '',
      stderr: 'wrote two.html\n',
    });
    const html = written('two.html');
    expect(html).toContain('<title>resnext50 and cspresnext50 – csp-profile</title>');
    const policy = /Content-Security-Policy"\s+content="([^"]*)"/.exec(html)?.[1] ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[\w+/=]{44}'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'$/,
    );
    expect(html.match(/<script\b/g)).toHaveLength(2);
    const markup = html.replace(/<(script|style)\b[^>]*>[^]*?<\/\1>/g, '<$1>');
    expect(markup).not.toMatch(/<(?:link|img|iframe|base)\b|\b(?:src|href)=/);
    const { report, panels } = dataOf(html);
    expect(report.networks.map(({ label, profile }) => [label, profile.layers.length])).toEqual([
      ['resnext50', 69],
      ['cspresnext50', 84],
    ]);
    expect(report.alignments).toHaveLength(1);
    expect(panels.length).toBeGreaterThan(10);
  });

  it('says the same of a model and of its profile as JSON', async () => {
    await run(['analyze', 'cspresnext50', '--format', 'json', '-o', 'saved.json'], options);
    await run(['report', 'cspresnext50', '-o', 'model.html'], options);
    await run(['report', 'saved.json', '-o', 'saved.html'], options);
    // But for what the model is needed for, and the command.
    expect(withoutOwn(written('saved.html'))).toEqual(withoutOwn(written('model.html')));
    expect(dataOf(written('model.html')).report.networks[0]?.advice?.length).toBeGreaterThan(1);
    expect(dataOf(written('model.html')).report.made).toEqual(['csp-profile report cspresnext50']);
  });

  it('is what diff shows as HTML', async () => {
    await run(['report', 'resnext50', 'cspresnext50', '--metric', 'cio', '-o', 'report.html'], options);
    const { stdout } = await run(
      ['diff', 'resnext50', 'cspresnext50', '--metrics', 'cio', '--format', 'html'],
      options,
    );
    expect(withoutOwn(stdout)).toEqual(withoutOwn(written('report.html')));
    const sources = ({ report }: PageData) => report.networks.map((network) => network.sources);
    expect(sources(dataOf(stdout))).toEqual(sources(dataOf(written('report.html'))));
    expect(sources(dataOf(stdout))[0]).toHaveLength(69);
  });

  it('stays small', async () => {
    const profile = renderJson(deepProfile(100, 16), { width: 80, color: false, top: 'all', tool: TOOL });
    writeFileSync(join(cwd, 'hundred.json'), profile);
    await run(['report', 'hundred.json', '-o', 'hundred.html'], options);
    expect(written('hundred.html').length).toBeLessThan(800_000);
  });

  it('shows a network on a device', async () => {
    const args = [
      'report',
      'cspresnext50',
      '--device',
      'jetson-tx2',
      '--metric',
      'dramBytes',
      '-o',
      'device.html',
    ];
    expect(await run(args, options)).toMatchObject({ code: 0, stderr: 'wrote device.html\n' });
    const { report, metric, panels } = dataOf(written('device.html'));
    expect(metric).toBe('dramBytes');
    expect(panels.map(({ chart }) => chart)).toEqual(
      expect.arrayContaining(['roofline', 'time', 'histogram-dramBytes']),
    );
    expect(report.networks[0]?.hardware?.[0]).toEqual([
      'device',
      'NVIDIA Jetson TX2 (GPU), float32, batch 1',
    ]);
  });

  it('shows what was measured', async () => {
    const file = resolve('reports/measured/table5.json');
    const { networks } = JSON.parse(readFileSync(file, 'utf8')) as Pick<Measurement, 'networks'>;
    const { network, layers } = networks[0]!;
    const model = `${network.name}@${network.inputs[0]!.shape.slice(2).join('x')}`;
    await run(['report', model, '--measured', file, '-o', 'measured.html'], options);
    const { report, panels } = dataOf(written('measured.html'));
    expect(panels.map(({ chart }) => chart)).toContain('time');
    expect(report.networks[0]?.measured?.layers.map(({ index, seconds }) => [index, seconds])).toEqual(
      layers.map(({ index, ns }) => [index, ns / 1e9]),
    );
    const { code, stderr } = await run(['report', 'vgg16', '--measured', file, '-o', 'x.html'], options);
    expect(code).toBe(2);
    expect(stderr).toContain('has none of these networks at their size (fix: it has ');
  });

  it('writes one chart as Vega-Lite or as a picture', async () => {
    const args = ['report', 'resnext50', 'cspresnext50', '--chart', 'input-output', '--format'];
    const { stdout: spec } = await run([...args, 'vega-lite'], options);
    expect(JSON.parse(spec)).toMatchObject({
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      vconcat: [
        { title: { text: 'Input and output size, resnext50: CIO 34.41 M' } },
        { title: { text: 'Input and output size, cspresnext50: CIO 32.64 M' } },
      ],
    });
    const { stdout: svg } = await run([...args, 'svg'], options);
    expect(svg).toMatch(/^<svg [^]*Input and output size, cspresnext50: CIO 32.64 M[^]*<\/svg>\n$/);
  });

  /** Pixels from `top` on, three numbers for each. */
  const pixels = (name: string, top: number, height: number) =>
    sharp(join(cwd, name)).extract({ left: 0, top, width: 1200, height }).removeAlpha().raw().toBuffer();

  it('draws a chart in pixels, two for each of the SVG unless asked otherwise', async ({ skip }) => {
    const args = ['report', 'resnext50', 'cspresnext50', '--format'];
    const { stdout: svg } = await run([...args, 'svg'], options);
    const [, width, height] = /^<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
    for (const [scale, asked] of [
      [1, ['--scale', '1']],
      [2, []],
      [3, ['--scale', '3']],
    ] as const) {
      const ran = await run([...args, 'png', ...asked, '-o', 'layers.png'], options);
      skip(ran.stderr.endsWith('CSP804\n'), 'this machine has no font');
      expect(ran).toEqual({ code: 0, stdout: '', stderr: 'wrote layers.png\n' });
      expect(await sharp(join(cwd, 'layers.png')).metadata()).toMatchObject({
        format: 'png',
        width: scale * Number(width),
        height: scale * Number(height),
      });
    }
    // Bars in the colours of both networks, and above them a title in black.
    const chart = (await pixels('layers.png', 200, 800)).toString('hex');
    for (const color of ['0b6bb8', 'c2500a']) expect(chart.split(color).length).toBeGreaterThan(10_000);
    const title = await pixels('layers.png', 0, 90);
    expect(title.filter((channel) => channel < 60).length).toBeGreaterThan(1000);
    expect(title.filter((channel) => channel === 255).length).toBeGreaterThan(0.9 * title.length);
    // Another metric is another title.
    await run([...args, 'png', '--scale', '3', '--metric', 'cio', '-o', 'cio.png'], options);
    expect((await pixels('cio.png', 0, 90)).equals(title)).toBe(false);
  });

  it('draws hostile names in pixels', async ({ skip }) => {
    const hostile = renderJson(profile(hostileNetwork('</svg><image href="x"/>')), {
      width: 80,
      color: false,
      top: 'all',
      tool: TOOL,
    });
    writeFileSync(join(cwd, 'hostile.json'), hostile);
    for (const chart of ['layers', 'breakdown', 'input-output', 'activation-memory']) {
      const args = ['report', 'hostile.json', '--format', 'png', '--chart', chart, '-o', 'hostile.png'];
      const { code, stdout, stderr } = await run([...args, '--quiet'], options);
      skip(stderr.endsWith('CSP804\n'), 'this machine has no font');
      expect({ code, stdout, stderr }, chart).toEqual({ code: 0, stdout: '', stderr: '' });
      const { channels } = await sharp(join(cwd, 'hostile.png')).stats();
      expect(channels[0]!.stdev, chart).toBeGreaterThan(10);
    }
  });

  it.each([
    ['no model', ['report'], '<models..> is missing'],
    ['an unknown model', ['report', 'nonet', '-o', 'x.html'], 'there is no network "nonet"'],
    [
      'an unknown format',
      ['report', 'vgg16', '--format', 'pdf'],
      '--format is "pdf" (fix: use one of html, vega-lite, svg, png)',
    ],
    ['png for a terminal', ['report', 'vgg16', '--format', 'png'], 'name a file: -o chart.png'],
    [
      'a scale of nothing',
      ['report', 'vgg16', '--format', 'png', '--scale', '0', '-o', 'x.png'],
      '--scale is "0" (fix: give a whole number of at least 1)',
    ],
    [
      'an unknown chart',
      ['report', 'vgg16', '--format', 'svg', '--chart', 'roofline'],
      'use one of layers, network, breakdown',
    ],
    [
      'an unknown metric',
      ['report', 'vgg16', '--metric', 'mac', '-o', 'x.html'],
      '--metric is "mac" (fix: use one of flops, macs',
    ],
    ['a terminal', ['report', 'vgg16'], 'add -o report.html'],
    [
      'more pixels than there is room for',
      ['report', 'vgg16', '--format', 'png', '--scale', '1000', '-o', 'x.png'],
      'use a smaller --scale, or --format svg',
    ],
  ])('refuses %s in one line', async (_, argv, message) => {
    const { code, stdout, stderr } = await run(argv, { ...options, isTTY: true });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect([code, stdout]).toEqual([2, '']);
  });
});
