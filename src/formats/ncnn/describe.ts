import { ProfileError } from '../../diagnostics.ts';
import type { Shape } from '../../ops/spec.ts';
import { describeGraph, tally } from '../describe.ts';
import type { DescribedValue, ModelDescription } from '../format.ts';
import { command, consumersOf, hintsOf, mapOf, statedSizes } from './inputs.ts';
import { readLayers, type LayerLine } from './param.ts';
import { readNcnn } from './read.ts';

/** Lines that compute nothing. */
const NO_LAYERS = ['Input', 'MemoryData', 'Split', 'Noop'];

/** Extents to begin with, where the file states none. */
const USUAL = [224, 224] as const;

/**
 * What a `.param` file says of itself; of inputs without a size, what the layer that reads them says.
 *
 * @throws ProfileError as `readNcnn` does, but for inputs without a size
 */
export function describeNcnn(source: Uint8Array | string, file: string): ModelDescription {
  const { layers } = readLayers(source, file);
  const operators = tally(layers.map(({ type }) => type).filter((type) => !NO_LAYERS.includes(type)));
  const open = openInputs(layers);
  const examples = open.map(({ blob, shape }) => [blob, shape ?? [1, 3, ...USUAL]] as const);
  const described = (): ModelDescription =>
    describeGraph(readNcnn(source, { file, inputs: new Map(examples), onUnknown: 'opaque' }).graph);
  if (open.length === 0) return { ...described(), operators };
  const made = attempt(described);
  return {
    facts: [],
    inputs: inputsOf(layers),
    outputs: outputsOf(layers),
    operators,
    ...(made === undefined ? {} : { parameters: made.parameters }),
    fix: `pass ${examples.map(([blob, shape]) => command(blob, shape)).join(' ')}`,
  };
}

/** What does not depend on the extents that were made up, where these fit at all. */
function attempt(describe: () => ModelDescription): ModelDescription | undefined {
  try {
    return describe();
  } catch (error) {
    if (error instanceof ProfileError) return undefined;
    throw error;
  }
}

interface Port {
  readonly blob: string;
  /** the batch first; undefined where not even the number of dimensions is known */
  readonly shape: Shape | undefined;
  readonly isStated: boolean;
}

/** The blobs of Input layers, and those that no layer makes. */
function ports(layers: readonly LayerLine[]): readonly Port[] {
  const consumers = consumersOf(layers);
  const made = new Set(layers.flatMap(({ outputs }) => outputs));
  const port = (blob: string, stated: Shape | undefined): Port => {
    const dims = stated ?? mapOf(consumers.get(blob), USUAL);
    return { blob, shape: dims && [1, ...dims], isStated: stated !== undefined };
  };
  const read = new Set(layers.flatMap(({ inputs }) => inputs));
  return [
    ...layers
      .filter(({ type }) => type === 'Input')
      .flatMap((layer) => {
        const sizes = statedSizes(layer);
        return layer.outputs.map((blob, i) => port(blob, sizes[i]));
      }),
    ...[...read].filter((blob) => !made.has(blob)).map((blob) => port(blob, undefined)),
  ];
}

const openInputs = (layers: readonly LayerLine[]): readonly Port[] =>
  ports(layers).filter(({ isStated }) => !isStated);

const inputsOf = (layers: readonly LayerLine[]): readonly DescribedValue[] =>
  ports(layers).map(({ blob, shape, isStated }) => ({
    name: blob,
    dtype: 'float32',
    ...(shape === undefined
      ? {}
      : { shape: isStated ? shape : shape.map((extent, axis) => (axis < 2 ? extent : null)) }),
  }));

/** The blobs that nothing reads, with the shapes that the file hints at. */
function outputsOf(layers: readonly LayerLine[]): readonly DescribedValue[] {
  const read = new Set(layers.flatMap(({ inputs }) => inputs));
  return layers.flatMap((layer) => {
    const hints = hintsOf(layer);
    return layer.outputs.flatMap((name, i) => {
      const dims = hints?.[i];
      return read.has(name) || layer.type === 'Noop' ? [] : [{ name, ...(dims && { shape: [1, ...dims] }) }];
    });
  });
}
