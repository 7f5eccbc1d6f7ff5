import fc from 'fast-check';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { fromOnnx, readModelProto } from '../../src/formats/onnx/read.ts';
import { bytesSource } from '../../src/formats/byteSource.ts';
import { valueInfo } from '../../src/formats/onnx/writeDraft.ts';
import { layerIndexOf } from '../../src/formats/onnx/writeNames.ts';
import { toBytes, writeOnnx } from '../../src/formats/onnx/write.ts';
import { ask } from '../../src/probe/childProcess.ts';
import { prepare } from '../../src/probe/prepare.ts';
import { splice } from '../../src/probe/splice.ts';
import { childOptions, workshop } from './child.ts';

const shop = workshop();
const network = buildNetwork('yolov3-tiny-prn', { input: 32 });
const bytes = toBytes(writeOnnx(network, { weights: 'zero' }).file);

const joined = (pieces: Iterable<Uint8Array>): Uint8Array => Buffer.concat([...pieces]);
const nodesOf = (file: Uint8Array) => [...readModelProto(bytesSource(file), 'x').graph!.node];

describe('a spliced model', () => {
  it('is the same file where nothing changes', () => {
    const names = nodesOf(bytes).map(({ name }) => name!);
    const copy = joined(splice(bytesSource(bytes), 'x', { names }));
    // Names move to the front of their nodes; that is all.
    expect(copy.length).toBe(bytes.length);
    expect(nodesOf(copy)).toEqual(nodesOf(bytes));
    expect(fromOnnx(bytesSource(copy), { file: 'x' }).graph).toEqual(
      fromOnnx(bytesSource(bytes), { file: 'x' }).graph,
    );
  });

  it('has the new names, whatever they are, and everything else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 300 }), {
          minLength: nodesOf(bytes).length,
          maxLength: nodesOf(bytes).length,
        }),
        (names) => {
          const copy = nodesOf(joined(splice(bytesSource(bytes), 'x', { names })));
          expect(copy.map(({ name }) => name)).toEqual(names);
          expect(copy.map(({ input, output, opType }) => [input, output, opType])).toEqual(
            nodesOf(bytes).map(({ input, output, opType }) => [input, output, opType]),
          );
        },
      ),
      { numRuns: 10 },
    );
  });

  it('has other ports where they are given', () => {
    const names = nodesOf(bytes).map(() => '');
    const port = valueInfo('input', { dtype: 'float16', shape: [2, 3, 8, 8] });
    const copy = joined(
      splice(bytesSource(bytes), 'x', {
        names,
        inputs: [port],
        outputs: [valueInfo('y', { dtype: 'float32', shape: [1] })],
      }),
    );
    const { input, output } = readModelProto(bytesSource(copy), 'x').graph!;
    expect(input[0]?.type?.tensorType).toMatchObject({
      elemType: 10,
      shape: { dim: [{ dimValue: 2 }, { dimValue: 3 }, { dimValue: 8 }, { dimValue: 8 }] },
    });
    expect(output.map(({ name }) => name)).toEqual(['y']);
  });
});

describe("a user's file", () => {
  it('runs with names that lead to layers, and tensors from a file beside it', async () => {
    const home = join(shop.folder(), 'home');
    mkdirSync(home);
    const { file, data } = writeOnnx(network, { dataFile: 'weights.bin' });
    const path = join(home, 'model.onnx');
    writeFileSync(path, toBytes(file));
    writeFileSync(join(home, 'weights.bin'), toBytes(data!));
    const { graph } = fromOnnx(bytesSource(toBytes(file)), { file: path });
    const folder = shop.folder();
    const prepared = prepare({ graph, file: path }, folder, 1);
    const names = nodesOf(readFileSync(prepared.path)).map(({ name }) => name!);
    // Numbers that operators need are Constant nodes, and no layers; the row of what no layer owns is no node.
    const layers = graph.layers.filter(({ origin }) => origin.node !== undefined);
    expect(names.map(layerIndexOf).filter((index) => index !== undefined)).toEqual(
      layers.map(({ index }) => index),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(statSync(join(folder, 'weights.bin')).size).toBe(data!.length);
    const { outputs } = await ask(
      { kind: 'check', model: prepared.path, seed: 1, device: 'cpu', level: 'all', threads: 1 },
      'mine',
      childOptions(shop.program(), folder),
    );
    expect(outputs).toHaveLength(2);
    for (const { relativeError, problem } of outputs) {
      expect(problem).toBeUndefined();
      expect(relativeError).toBeLessThan(1e-4);
    }
  });
});
