import { readFileSync } from 'node:fs';
import { buildNetwork, zoo } from '../../../architectures/zoo.ts';
import { inDeviceType, withDeviceCost } from '../../../src/analysis/device/withDeviceCost.ts';
import type { Measurement } from '../../../src/analysis/measurement/measurement.ts';
import { readMeasurement } from '../../../src/analysis/measurement/read.ts';
import { profile, type Profile } from '../../../src/analysis/profile.ts';
import { deviceById } from '../../../src/devices/registry.ts';
import { layerSources } from '../../../src/graph/sources.ts';
import { accuracyTables } from '../../../src/library/accuracy.ts';
import { LIGHT } from '../../../src/report/charts/chart.ts';
import { buildReport } from '../../../src/report/html/build.ts';
import { toVega } from '../../../src/report/html/compile.ts';
import type { Report } from '../../../src/report/html/model.ts';
import { templatesOf } from '../../../src/report/html/render.ts';
import { withCharts } from '../../../src/report/html/templates.ts';

const MEASURED = 'reports/measured/table5.json';

function profileOf(name: string, device: string | undefined): Profile {
  const graph = buildNetwork(name);
  if (device === undefined) return profile(graph);
  const found = deviceById(device);
  const cast = inDeviceType(graph, found);
  return withDeviceCost(cast, profile(cast), { device: found });
}

/** A report of every sort: how many networks, on which sort of device, measured or not. */
export function sampleReports(): readonly Report[] {
  const measurement = readMeasurement(JSON.parse(readFileSync(MEASURED, 'utf8')), MEASURED);
  const names = ['cspresnext50', 'resnext50', 'cspresnet50', 'resnet50'];
  const timed = measurement.networks.map(({ network }) => network.name);
  const report = (given: readonly string[], device?: string, measured?: Measurement): Report => {
    const profiles = given.map((name) => profileOf(name, device));
    return buildReport({
      tool: { name: 'csp-profile', version: '0' },
      profiles,
      sources: given.map((name) => layerSources(buildNetwork(name))),
      accuracy: accuracyTables(profiles),
      ...(measured === undefined ? {} : { measurement: measured }),
    });
  };
  // As many as have colours of their own: the charts of one are coloured by its place.
  const many = zoo().map(({ name }) => name);
  return [
    report(many.slice(0, LIGHT.networks.length)),
    ...[1, 2, 3, 4].flatMap((count) => [
      report(names.slice(0, count)),
      report(names.slice(0, count), 'jetson-tx2'),
      report(names.slice(0, count), 'tpu-v1'),
      report(timed.slice(0, count), undefined, measurement),
      report(timed.slice(0, count), 'jetson-tx2', measurement),
    ]),
  ];
}

/** The charts of all these, compiled, by key. */
export const templates = (): ReadonlyMap<string, string> =>
  new Map(sampleReports().flatMap((report) => [...templatesOf(report, toVega)]));

export { withCharts };
