import fc from 'fast-check';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { fromOnnx, readModelProto } from '../../src/formats/onnx/read.ts';
import { bytesSource } from '../../src/formats/byteSource.ts';
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

  it('keeps names that are not given', () => {
    const names = nodesOf(bytes).map((_, i) => (i === 1 ? 'second' : undefined));
    const copy = nodesOf(joined(splice(bytesSource(bytes), 'x', { names })));
    expect(copy.map(({ name }) => name)).toEqual(
      nodesOf(bytes).map(({ name }, i) => (i === 1 ? 'second' : name)),
    );
  });

  it('has other versions where they are given, and nothing else of them', () => {
    const stamp = { irVersion: 13, opsets: [{ domain: '', version: 26 }] };
    const copy = readModelProto(bytesSource(joined(splice(bytesSource(bytes), 'x', { stamp }))), 'x');
    expect(copy.irVersion).toBe(13);
    expect(copy.opsetImport.map(({ domain = '', version }) => [domain, version])).toEqual([['', 26]]);
    expect([...copy.graph!.node]).toEqual(nodesOf(bytes));
  });
});

describe("a user's file", () => {
  it('runs as it is, from where it is, its nodes known by what they are called there', () => {
    const home = join(shop.folder(), 'home');
    mkdirSync(home);
    const { file, data } = writeOnnx(network, { dataFile: 'weights.bin' });
    const path = join(home, 'model.onnx');
    writeFileSync(path, toBytes(file));
    writeFileSync(join(home, 'weights.bin'), toBytes(data!));
    const { graph } = fromOnnx(bytesSource(toBytes(file)), { file: path });
    const folder = shop.folder();
    const prepared = prepare({ graph, file: path }, folder, 1);
    expect(prepared).toMatchObject({ path, named: path });
    expect(readdirSync(folder)).toEqual([]);
    // Numbers that operators need are Constant nodes, and no layers; the row of what no layer owns is no node.
    const layers = graph.layers.filter(({ origin }) => origin.node !== undefined);
    expect(prepared.layers.filter((index) => index !== undefined)).toEqual(layers.map(({ index }) => index));
  });

  it('whose nodes have no names is copied with names, and its tensors are linked beside the copy', async () => {
    const home = join(shop.folder(), 'home');
    mkdirSync(home);
    const { file, data } = writeOnnx(network, { dataFile: 'weights.bin' });
    const path = join(home, 'model.onnx');
    const unnamed = joined(
      splice(bytesSource(toBytes(file)), 'x', { names: nodesOf(toBytes(file)).map(() => '') }),
    );
    writeFileSync(path, unnamed);
    writeFileSync(join(home, 'weights.bin'), toBytes(data!));
    const { graph } = fromOnnx(bytesSource(unnamed), { file: path });
    const folder = shop.folder();
    const prepared = prepare({ graph, file: path }, folder, 1);
    expect(prepared.path).toBe(path);
    const names = nodesOf(readFileSync(prepared.named)).map(({ name }) => name!);
    expect(new Set(names).size).toBe(names.length);
    expect(names).not.toContain('');
    expect(statSync(join(folder, 'weights.bin')).size).toBe(data!.length);
    const request = {
      kind: 'inspect',
      model: path,
      named: prepared.named,
      large: false,
      source: join(folder, 'source.onnx'),
      optimised: join(folder, 'optimised.onnx'),
      compare: { feeds: prepared.feeds, seed: 1, outputs: [] },
      device: 'cpu',
      level: 'all',
      threads: 1,
    } as const;
    const { outputs } = await ask(request, 'mine', childOptions(shop.program(), folder));
    expect(outputs).toHaveLength(2);
    for (const { relativeError, problem } of outputs) {
      expect(problem).toBeUndefined();
      expect(relativeError).toBeLessThan(1e-4);
    }
  });
});
