/**
 * MACs and parameters of torchvision's networks, exported to ONNX, against what torchvision publishes.
 *
 *   node test/tools/run.mjs test/oracle/checkTorchvision.ts FOLDER
 *
 * FOLDER holds NAME-OPSET.onnx as exportTorchvision.py writes them.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { profile } from '../../src/analysis/profile.ts';
import { type ByteSource, fromOnnx } from '../../src/formats/onnx/index.ts';
import { readModelProto } from '../../src/formats/onnx/read.ts';
import { validate } from '../../src/graph/validate.ts';

/** GFLOPS (which are MACs) as printed in the weights' `_ops` of torchvision 0.15 and later. */
const PUBLISHED: Readonly<Record<string, string>> = {
  convnext_base: '15.355',
  deeplabv3_mobilenet_v3_large: '10.452',
  densenet201: '4.291',
  efficientnet_b0: '0.386',
  efficientnet_v2_m: '24.582',
  fasterrcnn_resnet50_fpn: '134.38',
  fcn_resnet50: '152.717',
  googlenet: '1.498',
  inception_v3: '5.713',
  lraspp_mobilenet_v3_large: '2.086',
  maskrcnn_resnet50_fpn: '134.38',
  maxvit_t: '5.558',
  mnasnet1_0: '0.314',
  mobilenet_v2: '0.301',
  mobilenet_v3_large: '0.217',
  regnet_y_16gf: '15.912',
  resnet50: '4.089',
  resnext50_32x4d: '4.23',
  retinanet_resnet50_fpn: '151.54',
  shufflenet_v2_x1_0: '0.145',
  squeezenet1_1: '0.349',
  ssd300_vgg16: '34.858',
  ssdlite320_mobilenet_v3_large: '0.583',
  swin_t: '4.491',
  vgg16: '15.47',
  vit_b_16: '17.564',
};

/** Published figures that count another graph. */
const ANOTHER: Readonly<Record<string, string>> = {
  deeplabv3_mobilenet_v3_large: 'published with the auxiliary head',
  fcn_resnet50: 'published with the auxiliary head',
  maskrcnn_resnet50_fpn: 'published without any detection for the mask head',
};

function fileSource(descriptor: number): ByteSource {
  return {
    size: fstatSync(descriptor).size,
    read(offset, length) {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const read = readSync(descriptor, bytes, done, length - done, offset + done);
        if (read === 0) return bytes.subarray(0, done);
        done += read;
      }
      return bytes;
    },
  };
}

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('name the folder that exportTorchvision.py wrote\n');
  process.exit(2);
}
let wrong = 0;
for (const name of readdirSync(folder).sort()) {
  if (!name.endsWith('.onnx')) continue;
  const descriptor = openSync(join(folder, name), 'r');
  const source = fileSource(descriptor);
  const started = performance.now();
  const { graph } = fromOnnx(source, { file: name });
  const { totals, coverage } = profile(graph);
  const took = performance.now() - started;
  // Every initialiser of real numbers but single ones is a parameter.
  let stored = 0;
  for (const tensor of readModelProto(source, name).graph?.initializer ?? []) {
    const count = tensor.dims.reduce((a, b) => a * b, 1);
    if (tensor.dataType === 1 && count > 1) stored += count;
  }
  closeSync(descriptor);
  const network = name.replace(/-\d+\.onnx$/, '');
  const printed = PUBLISHED[network];
  const giga = (totals.macs ?? Number.NaN) / 1e9;
  const unit = 10 ** -(printed?.split('.')[1]?.length ?? 0);
  const agrees = printed !== undefined && Math.abs(giga - Number(printed)) < unit;
  const malformed = validate(graph);
  const good = (agrees || network in ANOTHER) && totals.params === stored && malformed.length === 0;
  if (!good) wrong++;
  process.stdout.write(
    `${good ? 'ok   ' : 'WRONG'} ${name.padEnd(40)} ${giga.toFixed(6).padStart(11)} G published ${(printed ?? '-').padStart(8)}` +
      ` params ${String(totals.params)} of ${String(stored)} uncounted ${String(coverage.uncounted.length)} ${took.toFixed(0)} ms` +
      `${agrees || !(network in ANOTHER) ? '' : ` (${ANOTHER[network] ?? ''})`}${malformed.length > 0 ? ` ${malformed[0] ?? ''}` : ''}\n`,
  );
}
process.exitCode = wrong === 0 ? 0 : 1;
