import { ProfileError, quoted } from '../../diagnostics.ts';
import type { ByteSource } from '../byteSource.ts';
import { describeGraph, tally } from '../describe.ts';
import type { DescribedValue, ModelDescription } from '../format.ts';
import type { ModelFile, Signature, StoredTensor, Subgraph } from './model.ts';
import { MAIN, openTflite, readModel, usualShape } from './read.ts';
import type { RuleBook } from './rule.ts';

/**
 * What a TensorFlow Lite file says of its first network, with the extents that it leaves open as such.
 *
 * @throws ProfileError CSP301, CSP302 and CSP303 where it is no valid model
 */
export async function describeTflite(source: ByteSource, file: string): Promise<ModelDescription> {
  const { model, rules } = await openTflite(source, file);
  const main = model.subgraph(MAIN);
  const signature = model.signatures.find(({ subgraph }) => subgraph === MAIN);
  const named = (tensors: readonly number[], names: Signature['inputs'] | undefined): readonly Named[] =>
    tensors.map((tensor) => ({
      stored: main.tensor(tensor),
      name: names?.get(tensor) ?? main.tensor(tensor).name,
    }));
  const inputs = named(main.inputs, signature?.inputs);
  const outputs = named(main.outputs, signature?.outputs);
  const parameters = storedParameters(model, rules);
  const open = inputs.filter(({ stored }) => stored.free.length > 0);
  return {
    facts: factsOf(model, main),
    inputs: inputs.map(described),
    outputs: outputs.map(described),
    operators: tally(main.operators.map(({ name }) => name)),
    ...(parameters && { parameters }),
    ...(open.length > 0 && {
      fix: `pass ${open.map((input) => argument(input, parameters === undefined)).join(' ')}`,
    }),
  };
}

/** The shape that the converter assumed, or one to begin with where nothing fits that. */
function argument({ name, stored }: Named, asUsual: boolean): string {
  const shape = asUsual ? usualShape(stored) : stored.shape;
  return `--input ${quoted(`${name}:${shape.join('x')}`)}`;
}

interface Named {
  readonly name: string;
  readonly stored: StoredTensor;
}

const described = ({ name, stored: { dtype, shape, free } }: Named): DescribedValue => ({
  name,
  ...(dtype === undefined
    ? {}
    : {
        dtype,
        shape: shape.map((extent, axis) => (free.includes(axis) ? `${name}[${String(axis)}]` : extent)),
      }),
});

function factsOf(model: ModelFile, main: Subgraph): ModelDescription['facts'] {
  const keys = model.signatures.map(({ key }) => key).filter((key) => key !== '');
  return [
    ['operators', String(main.operators.length)],
    ...(model.subgraphCount > 1 ? [['subgraphs', String(model.subgraphCount)] as const] : []),
    ...(keys.length > 0 ? [['signatures', keys.slice(0, MOST_LISTED).join(', ')] as const] : []),
  ];
}

const MOST_LISTED = 10;

/** Learned tensors, which are known where the extents that the file assumes fit. */
function storedParameters(model: ModelFile, rules: RuleBook): ModelDescription['parameters'] {
  try {
    const { graph } = readModel(model, { file: model.file, onUnknown: 'opaque' }, rules);
    return describeGraph(graph).parameters;
  } catch (error) {
    if (error instanceof ProfileError) return undefined;
    throw error;
  }
}
