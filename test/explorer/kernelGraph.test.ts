import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { kernelGraph } from '../../src/explorer/measure/kernelGraph.ts';
import { writeOnnx } from '../../src/formats/onnx/write.ts';
import { layerIndexOf } from '../../src/formats/onnx/writeNames.ts';
import { attribute } from '../../src/probe/attribute.ts';
import { savedGraph } from '../../src/probe/prepare.ts';

const folder = mkdtempSync(join(tmpdir(), 'csp-profile-kernels-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the graph that a profile shows', () => {
  // A browser's processor has no blocked layout: this is the level whose graphs are like its own.
  it.each(['peleenet', 'csppeleenet', 'mobilenet-v2', 'yolov3-tiny', 'efficientnet-b0'])(
    'has the layers of %s by kernel as the graph has that onnxruntime saves',
    async (name) => {
      const [model, optimised] = [join(folder, `${name}.onnx`), join(folder, `${name}.optimised.onnx`)];
      writeFileSync(
        model,
        Buffer.concat([...writeOnnx(buildNetwork(name, { input: 64 }), {}).file.chunks()]),
      );
      const session = await InferenceSession.create(model, {
        graphOptimizationLevel: 'extended',
        optimizedModelFilePath: optimised,
        logSeverityLevel: 3,
      });
      await session.release();
      const [source, saved] = [savedGraph(model), savedGraph(optimised)];
      const layerOf = source.nodes.map((node) => layerIndexOf(node.name) ?? Number.NaN);
      const shown = kernelGraph(
        source,
        saved.nodes.map((node) => ({ node: node.name, op: node.op })),
      );
      const right = attribute(source, layerOf, saved);
      const own = attribute(source, layerOf, shown);
      expect(own.kernels.map(({ layers, fused }) => ({ layers, fused }))).toEqual(
        right.kernels.map(({ layers, fused }) => ({ layers, fused })),
      );
      expect(own.absent).toEqual(right.absent);
    },
  );
});
