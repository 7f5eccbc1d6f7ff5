// Predicts networks by a calibration and measures them: checkCalibration.ts DEVICE.json OUT.json [MODEL...]
// Without models: forty of the zoo, ten to fifteen minutes on a quiet machine with two cores.
// A model after `--unseen` took no part in anything: neither in the calibration nor in the choice of its form.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type {
  Environment,
  LocalEnvironment,
  NetworkMeasurement,
} from '../../src/analysis/measurement/measurement.ts';
import { ProfileError } from '../../src/diagnostics.ts';
import { buildNetwork, zoo } from '../../architectures/zoo.ts';
import { summary, type CheckedCalibration, type CheckedNetwork } from '../tools/calibration.ts';
import { readDevice } from '../../src/devices/validate.ts';
import { loadModel } from '../../src/cli/model.ts';
import { probe } from '../../src/probe/index.ts';

/** Classifiers and detectors of every family, at extents of use. */
const FORTY =
  'resnet10 resnet50 resnet152 cspresnet10 cspresnet50 resnext50 cspresnext50 res2net50-26w4s densenet201 peleenet csppeleenet mobilenet-v2 cspmobilenet-v2 efficientnet-b0 efficientnet-b0-official darknet53 cspdarknet53 vgg16 hardnet68 yolov3-tiny yolov3-tiny-prn yolov4-tiny snet146 snet535 --unseen resnet101 res2next50 densenet264 hardnet85 ttfnet-resnet18 centernet-resnet18 thundernet-snet146 thundernet-snet49 ssd300-vgg16 cspdensenet-reference csppeleenet-efm-sam peleenet-prn yolov4 cspresnext50-panet-spp densenet201-elastic sparsepeleenet';

const [deviceFile = '', out = '', ...given] = process.argv.slice(2);
const known = new Set(zoo().map(({ name }) => name));
const specs =
  given.length > 0 ? given : FORTY.split(' ').filter((each) => each === '--unseen' || known.has(each));
const device = readDevice(readFileSync(deviceFile, 'utf8'), deviceFile);
const { calibration } = device;
if (calibration?.kind !== 'kernels') throw new TypeError(`${deviceFile} is no calibration of kernels`);

const before: Partial<CheckedCalibration> = existsSync(out)
  ? (JSON.parse(readFileSync(out, 'utf8')) as CheckedCalibration)
  : {};
const networks = [...(before.networks ?? [])];
const refused = [...(before.refused ?? [])];
let unseen = false;
for (const spec of specs) {
  if (spec === '--unseen') {
    unseen = true;
    continue;
  }
  const isFile = spec.endsWith('.onnx');
  const network = isFile ? basename(spec) : spec;
  if ([...networks, ...refused].some((each) => each.network === network)) continue;
  const io = { cwd: process.cwd() } as Parameters<typeof loadModel>[2];
  const graph = isFile ? (await loadModel(spec, { batch: '1' }, io)).graph : buildNetwork(spec);
  const measurement = await probe([{ graph, ...(isFile ? { file: resolve(spec) } : {}) }], {
    predict: { device: device.id, calibration },
    processes: 3,
    budget: 5,
    program: new URL('../../dist/probe-child.js', import.meta.url),
  }).catch((error: unknown) => {
    if (!(error instanceof ProfileError)) throw error;
    refused.push({ network, why: error.diagnostics[0]?.message ?? error.message });
  });
  const measured = measurement?.networks[0];
  if (measured?.prediction !== undefined) {
    networks.push(checked(network, measured, measured.prediction.ns));
    const error = measured.prediction.ns / measured.latency.ns - 1;
    console.log(
      `${network}: ${(measured.latency.ns / 1e6).toFixed(2)} ms, ${(100 * error).toFixed(1)} % off`,
    );
  }
  const environment = localOf(measurement?.environment) ?? before.environment;
  if (environment === undefined) continue;
  const result: CheckedCalibration = { device: device.id, environment, networks, refused };
  writeFileSync(out, `${JSON.stringify(result, undefined, 2)}\n`);
}

console.log(summary(networks));

/** What the probe itself measured on: it knows all of its own machine. */
function localOf(environment: Environment | undefined): LocalEnvironment | undefined {
  if (environment === undefined) return undefined;
  const { cpu, memoryBytes, os, versions } = environment;
  const { node, onnxruntime } = versions;
  if (cpu === undefined || memoryBytes === undefined || os === undefined) return undefined;
  if (node === undefined || onnxruntime === undefined) return undefined;
  return { ...environment, cpu, memoryBytes, os, versions: { node, onnxruntime } };
}

function checked(network: string, measured: NetworkMeasurement, predictedNs: number): CheckedNetwork {
  const operators = new Map<string, { measuredNs: number; predictedNs: number }>();
  for (const { ns, predictedNs: expected = 0, kernels } of measured.layers) {
    const longest = kernels.reduce((a, b) => (b.ns > a.ns ? b : a), { op: 'no kernel', ns: 0 });
    const sums = operators.get(longest.op) ?? { measuredNs: 0, predictedNs: 0 };
    operators.set(longest.op, {
      measuredNs: sums.measuredNs + ns,
      predictedNs: Math.round(sums.predictedNs + expected),
    });
  }
  return {
    network,
    unseen,
    input: measured.network.inputs.map(({ shape }) => shape.join('x')).join(', '),
    gflops: measured.layers.reduce((sum, { flops }) => (flops === undefined ? sum : sum + flops), 0) / 1e9,
    measuredNs: measured.latency.ns,
    measuredInterval: measured.latency.interval ?? [measured.latency.ns, measured.latency.ns],
    predictedNs: Math.round(predictedNs),
    operators: Object.fromEntries(operators),
  };
}
