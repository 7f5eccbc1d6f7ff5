import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Spec } from '../../src/report/charts/chart.ts';
import { toVega } from '../../src/report/html/compile.ts';
import type { Report } from '../../src/report/html/model.ts';
import { pageSpecs, templatesOf, type Compile } from '../../src/report/html/render.ts';
import {
  DATA,
  TEXT_PAGES,
  TITLE,
  cutPage,
  filled,
  skeletonOf,
  withCharts,
} from '../../src/report/html/templates.ts';
import { AS_BYTES } from '../../src/cli/page.ts';
import { withDeviceCost } from '../../src/analysis/device/withDeviceCost.ts';
import { profile } from '../../src/analysis/profile.ts';
import { buildNetwork, zoo } from '../../architectures/zoo.ts';
import { DEVICES, deviceById } from '../../src/devices/registry.ts';
import { costOn } from '../../src/library/hardware.ts';
import { reportOf, sourcesOf } from '../../src/library/report.ts';
import { sampleReports } from '../tools/build/chartTemplates.ts';
import { deepProfile, viewOf, zooProfile, zooSources } from './samples.ts';

const specOf = (json: string): Spec => JSON.parse(json) as Spec;

const onTx2 = (name: string) => {
  const graph = buildNetwork(name);
  return withDeviceCost(graph, profile(graph), { device: deviceById('jetson-tx2') });
};

describe('charts that the build compiled', () => {
  const templates = new Map(sampleReports().flatMap((report) => [...templatesOf(report, toVega)]));

  /** The charts of a report, each as the build has it or else compiled, beside what compiling gives. */
  const bothOf = (report: Report) =>
    pageSpecs(report).map(({ chart, panel, spec }) => {
      const { key, filling } = skeletonOf(spec);
      const known = templates.get(key);
      // What compiling this very report gives.
      const own = templatesOf(report, ((bare) => toVega(bare)) satisfies Compile).get(key);
      return {
        chart: `${chart} ${String(panel)}`,
        known: known === undefined ? undefined : specOf(filled(known, filling)),
        compiled: own === undefined ? undefined : specOf(filled(own, filling)),
        direct: toVega(spec)['marks'],
      };
    });

  it.each([
    ['one network', viewOf([zooProfile('peleenet')], 'flops', { sources: [zooSources('peleenet')] })],
    ['two networks', viewOf([zooProfile('vgg16'), zooProfile('mobilenet-v2')])],
    ['two deep ones', viewOf([deepProfile(40, 8), deepProfile(60, 16)])],
    ['three networks', viewOf(['peleenet', 'csppeleenet', 'vgg16'].map(zooProfile))],
    ['two on a device', viewOf([onTx2('peleenet'), onTx2('csppeleenet')])],
  ])('are what compiling gives: %s', (_, { report }) => {
    const all = bothOf(report);
    expect(all.length).toBeGreaterThan(7);
    for (const { chart, known, compiled, direct } of all) {
      expect(known, chart).toBeDefined();
      expect(known, chart).toEqual(compiled);
      expect(known?.['marks'], chart).toEqual(direct);
    }
  });

  it('are all that there are: a page without a compiler shows as many networks as one likes, on any device', () => {
    const graphs = zoo()
      .slice(0, 9)
      .map(({ name }) => buildNetwork(name));
    for (const device of [undefined, ...DEVICES]) {
      const profiles = graphs.map((graph) =>
        device === undefined ? profile(graph) : costOn(graph, {}, { device, typed: false }),
      );
      for (const count of [1, 2, 5, profiles.length])
        for (const { chart, spec } of pageSpecs(
          reportOf(profiles.slice(0, count), {
            sources: profiles.map((each, i) => sourcesOf({ profile: each, graph: graphs[i]! })),
          }),
        ))
          expect(
            templates.get(skeletonOf(spec).key),
            `${chart} of ${String(count)} on ${device?.id ?? 'nothing'}`,
          ).toBeDefined();
    }
  });

  it('have every value in its hole again, whatever the names', () => {
    const names = fc.array(
      fc.oneof(
        fc.string(),
        fc.constantFrom('a"],["b', '\\', '"height":4', '"domain":[1]', 'hole 0', '−\u2028'),
      ),
    );
    const numbers = fc.array(fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })));
    fc.assert(
      fc.property(names, numbers, fc.nat(4000), (labels, extent, height) => {
        const spec = {
          height,
          title: labels.join(),
          encoding: { x: { scale: { domain: extent } }, color: { scale: { domain: labels } } },
        };
        const { text, filling } = skeletonOf(spec);
        expect(filled(text, filling)).toBe(JSON.stringify(spec));
        // What differs does not stay in what is looked up.
        const other = skeletonOf({ ...spec, height: height + 1 });
        expect(other.key).toBe(skeletonOf(spec).key);
        if (labels.length > 0) expect(text).toContain('"domain":["hole ');
      }),
    );
  });

  it('are found behind a page, whether it is text or bytes', () => {
    const chart = '{"title":"time, in µs − 1 <b>"}';
    const page = withCharts(
      `<title>${TITLE} –</title>${DATA}<script>1</script>`,
      new Map([
        ['k', chart],
        ['l', '{}'],
      ]),
    );
    const text = cutPage(page, TEXT_PAGES);
    const bytes = cutPage(Buffer.from(page), AS_BYTES);
    for (const part of ['beforeTitle', 'beforeData', 'afterData'] as const)
      expect(bytes[part].toString(), part).toBe(text[part]);
    expect([text.beforeTitle, text.beforeData, text.afterData]).toEqual([
      '<title>',
      ' –</title>',
      '<script>1</script>',
    ]);
    for (const { templates: found } of [text, bytes]) {
      expect(JSON.parse(found.get('k')!)).toEqual(JSON.parse(chart));
      expect(found.get('l')).toBe('{}');
      expect(found.get('m')).toBeUndefined();
    }
    expect(cutPage(`${TITLE}${DATA}`, TEXT_PAGES).templates.get('k')).toBeUndefined();
    expect(() => cutPage('<title></title>', TEXT_PAGES)).toThrow('no place for a report');
  });

  it('do not depend on values of two axes being alike', () => {
    const of = (x: readonly number[], y: readonly number[]) =>
      skeletonOf({ encoding: { x: { scale: { domain: x } }, y: { scale: { domain: y } } } });
    expect(of([0, 5], [0, 5]).key).toBe(of([0, 5], [0, 7]).key);
  });
});
