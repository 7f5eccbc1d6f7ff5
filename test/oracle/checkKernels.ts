// Checks whose work the probe says that each kernel does: checkKernels.ts [--levels all,basic] MODEL...
// It knows nothing of names: both graphs that onnxruntime saved (as written, and optimised) are run with every value
// as an output, and values are the same where their numbers are, in whatever order they lie. A kernel then does what
// lies between the numbers that it makes and those that other kernels make.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as ort from 'onnxruntime-node';
import { buildNetwork } from '../../architectures/zoo.ts';
import { loadModel, onnxFileOf, valuesOf } from '../../src/cli/model.ts';
import { ask } from '../../src/probe/childProcess.ts';
import { matchKernels } from '../../src/probe/layerTimes.ts';
import type { OptimisationLevel } from '../../src/probe/messages.ts';
import { optimise } from '../../src/probe/optimise.ts';
import { writeChain } from '../../src/probe/prepare.ts';
import type { RuntimeGraph } from '../../src/probe/runtimeGraph.ts';
import { inWorkshop } from '../../src/probe/workshop.ts';

type Args = Parameters<typeof loadModel>[1];

const words = process.argv.slice(2);
const levels = (
  words[0] === '--levels' ? (words.splice(0, 2)[1] ?? '').split(',') : ['all']
) as OptimisationLevel[];
const CHILD = pathToFileURL(resolve('dist/probe-child.js'));
/** Operators whose arithmetic decides whose a kernel is, by their names in ONNX. */
const HEAVY = /^(Conv|ConvTranspose|Gemm|MatMul|MatMulInteger|ConvInteger|LSTM|GRU|RNN|Einsum)$/;

/** Parts of a number by which two may differ and be the same: computed with few bits, or near the end of a range. */
const COARSE = 0.03;

/** Everything that does not depend on the order of numbers, nor on zeros that pad them. */
interface Fingerprint {
  readonly sums: readonly number[];
}

function fingerprint(tensor: ort.Tensor): Fingerprint | undefined {
  if (tensor.type === 'string' || tensor.size === 0) return undefined;
  const data = tensor.data as Iterable<number | bigint>;
  let [one, two, three, low, high] = [0, 0, 0, 0, 0];
  for (const each of data) {
    const x = Number(each);
    one += x;
    two += x * x;
    three += Math.abs(x) ** 3;
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  return { sums: [one, Math.sqrt(two), Math.cbrt(three), low, high] };
}

function isSame(a: Fingerprint | undefined, b: Fingerprint | undefined, tolerance: number): boolean {
  if (a === undefined || b === undefined) return false;
  const scale = a.sums[1] ?? 0;
  return a.sums.every((sum, i) => {
    const other = b.sums[i] ?? Number.NaN;
    const size = i === 0 ? Math.max(Math.abs(sum), scale) : Math.abs(sum);
    return Math.abs(sum - other) <= tolerance * size + 1e-6;
  });
}

/** The file with these values as further outputs: protobuf lets fields be added behind the others. */
function withOutputs(file: string, names: readonly string[]): Uint8Array {
  const bytes = readFileSync(file);
  const number = (at: number): readonly [value: number, next: number] => {
    let [value, shift, next] = [0, 1, at];
    for (;;) {
      const byte = bytes[next++] ?? 0;
      value += (byte & 0x7f) * shift;
      shift *= 128;
      if (byte < 128) return [value, next];
    }
  };
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const [tag, behindTag] = number(at);
    const [value, behind] = number(behindTag);
    const end = (tag & 7) === 2 ? behind + value : behind;
    if (tag !== 0x3a) pieces.push(bytes.subarray(at, end));
    else {
      const added = names.map((name) => {
        const text = Buffer.from(name);
        const port = [0x0a, ...varint(text.length), ...text];
        return Buffer.from([0x62, ...varint(port.length), ...port]);
      });
      const graph = Buffer.concat([bytes.subarray(behind, end), ...added]);
      pieces.push(Buffer.from([tag, ...varint(graph.length)]), graph);
    }
    at = end;
  }
  return Buffer.concat(pieces);
}

async function numbersOf(
  file: string,
  graph: RuntimeGraph,
  feeds: Readonly<Record<string, ort.Tensor>>,
): Promise<ReadonlyMap<string, Fingerprint>> {
  const inner = new Set(graph.nodes.flatMap(({ within, outputs }) => (within === undefined ? [] : outputs)));
  const names = graph.nodes.flatMap(({ outputs }) => outputs).filter((name) => !inner.has(name));
  const fresh = names.filter((name) => !graph.outputs.includes(name));
  const path = `${file}.outputs.onnx`;
  writeFileSync(path, withOutputs(file, fresh));
  const session = await ort.InferenceSession.create(path, {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  });
  const results = await session.run(feeds);
  await session.release();
  const found = new Map<string, Fingerprint>();
  for (const [name, value] of Object.entries(results)) {
    const print = value instanceof ort.Tensor ? fingerprint(value) : undefined;
    if (print !== undefined) found.set(name, print);
  }
  return found;
}

async function check(spec: string, level: OptimisationLevel, args: Args): Promise<readonly string[]> {
  const io = { cwd: process.cwd() } as Parameters<typeof loadModel>[2];
  const file = onnxFileOf(spec, (path) => resolve(path));
  const graph =
    file === undefined ? buildNetwork(...zooArguments(spec)) : (await loadModel(spec, args, io)).graph;
  const values = valuesOf(args);
  return inWorkshop({ level, program: CHILD }, async (shop) => {
    const model = await optimise({ graph, values, ...(file === undefined ? {} : { file }) }, shop, true);
    const { source, optimised, attribution } = model;
    const wrong: string[] = [];
    const request = {
      kind: 'measure',
      models: [model.file],
      seed: 1,
      warmup: 1,
      rounds: { least: 1, most: 1 },
      target: 1,
      seconds: 1,
      folder: shop.folder,
      chain: writeChain(shop.folder),
      ...shop.settings,
    } as const;
    const { models } = await ask(request, spec, shop.child);
    const kernels = models[0]?.trace?.kernels ?? [];
    const matched = matchKernels(kernels, optimised);
    if (!matched.same) wrong.push('the session that is timed runs other kernels than the saved graph shows');
    for (const [k, node] of matched.nodes.entries())
      if (node === undefined || (attribution.kernels[node]?.layers.length ?? 0) === 0)
        wrong.push(`${kernels[k]?.node ?? ''} (${kernels[k]?.op ?? ''}) has no owner`);

    const quantised = source.graph.nodes.some(({ op }) => op.includes('QuantizeLinear'));
    const tolerance = quantised ? COARSE : 2e-4;
    const feeds: Record<string, ort.Tensor> = {};
    for (const { name, shape, values: given } of model.file.feeds) {
      const count = shape.reduce((product, extent) => product * extent, 1);
      const numbers = Float32Array.from({ length: count }, () => Math.random());
      feeds[name] =
        given === undefined
          ? new ort.Tensor('float32', numbers, shape)
          : new ort.Tensor('int64', given.map(BigInt), shape);
    }
    const sourceNumbers = await numbersOf(join(shop.folder, 'source.onnx'), source.graph, feeds);
    const kernelNumbers = await numbersOf(join(shop.folder, 'optimised.onnx'), optimised, feeds);
    const makers = new Map(
      source.graph.nodes.flatMap(({ outputs }, i) => outputs.map((name) => [name, i] as const)),
    );
    // Channels that pad a block hold a function of 0: what is brought back from there has none.
    const broughtBack = (value: string): readonly string[] =>
      optimised.nodes.flatMap(({ op, inputs, outputs }) =>
        op.endsWith('ReorderOutput') && inputs[0] === value ? outputs : [],
      );
    const madeByKernels = optimised.nodes.map(({ outputs }) =>
      outputs
        .flatMap((output) => [output, ...broughtBack(output)])
        .flatMap((output) => kernelNumbers.get(output) ?? []),
    );
    const made = madeByKernels.flat();
    const isMade = (value: string): boolean => {
      const own = sourceNumbers.get(value);
      return made.some((each) => isSame(own, each, tolerance));
    };
    let [checked, ambiguous] = [0, 0];
    for (const [k, node] of optimised.nodes.entries()) {
      const owner = attribution.kernels[k];
      if (node.within !== undefined || owner === undefined || owner.reorder) continue;
      const equalWithin = (limit: number): readonly string[] =>
        [...sourceNumbers]
          .filter(([, print]) => madeByKernels[k]?.some((each) => isSame(print, each, limit)))
          .map(([value]) => value);
      const close = equalWithin(tolerance);
      // Near the end of a bounded function's range only a few digits are certain.
      const equal = close.length > 0 ? close : equalWithin(COARSE);
      const said = new Set([...owner.layers.map(({ layer }) => layer), ...owner.fused]);
      const about = `${node.name} (${node.op})`;
      if (equal.length === 0) {
        wrong.push(`${about} makes numbers that no value of the source has`);
        continue;
      }
      const layersMade = new Set(equal.map((value) => source.layerOf[makers.get(value) ?? -1]));
      if (![...said].some((layer) => layersMade.has(layer)))
        wrong.push(
          `${about} makes what layers ${[...layersMade].join(', ')} make, booked on ${[...said].join(', ')}`,
        );
      // All that is between these numbers and those of other kernels; equal numbers may be those of several values.
      const candidates = equal.map((value) => {
        const inside = new Set<number>();
        const waiting = [makers.get(value) ?? -1];
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
          if (inside.has(next)) continue;
          inside.add(next);
          for (const input of source.graph.nodes[next]?.inputs ?? []) {
            const maker = makers.get(input);
            if (maker !== undefined && !isMade(input)) waiting.push(maker);
          }
        }
        const layersOf = (nodes: readonly number[]): ReadonlySet<number> =>
          new Set(nodes.map((each) => source.layerOf[each] as number));
        const heavy = [...inside].filter((each) => HEAVY.test(source.graph.nodes[each]?.op ?? ''));
        return layersOf(heavy.length > 0 ? heavy : [...inside]);
      });
      if (equal.length > 1) ambiguous++;
      if (node.outputs.length > 1) candidates.push(new Set(candidates.flatMap((layers) => [...layers])));
      if (!candidates.some((layers) => owner.layers.every(({ layer }) => layers.has(layer))))
        wrong.push(
          `${about} is booked on ${owner.layers.map(({ layer }) => layer).join(', ')}; by its numbers it does ${candidates.map((layers) => [...layers].join(' ')).join(' or ')}`,
        );
      checked++;
    }
    console.log(
      `${basename(spec)} ${level}: ${String(kernels.length)} kernels, ${String(checked)} checked by their numbers (${String(ambiguous)} with several equal values), ${String(wrong.length)} wrong${model.changed === undefined ? '' : `; ${model.changed}`}`,
    );
    return wrong;
  });
}

function zooArguments(spec: string): Parameters<typeof buildNetwork> {
  const [name = '', input] = spec.split('@');
  return input === undefined ? [name] : [name, { input: Number(input) }];
}

let failed = 0;
for (let i = 0; i < words.length;) {
  const spec = words[i++] as string;
  const args: Record<string, string[]> = {};
  while (words[i]?.startsWith('--') === true) {
    const option = (words[i++] as string).slice(2);
    (args[option] ??= []).push(words[i++] as string);
  }
  for (const level of levels) {
    for (const each of await check(spec, level, args)) {
      failed++;
      console.log(`  ${each}`);
    }
  }
}
process.exitCode = failed > 0 ? 1 : 0;
