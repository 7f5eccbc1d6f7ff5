import { type Diagnostic, ProfileError, problem, quoted, warning } from '../../diagnostics.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import type { Shape } from '../../ops/spec.ts';
import type { ByteSource } from '../byteSource.ts';
import type { ReadNetwork, ReadOptions } from '../format.ts';
import { Findings, Lowerer, remarks, unknownOperators } from './lower.ts';
import { ModelFile, type Signature, type StoredTensor, type Subgraph } from './model.ts';
import { COMMON_RULES } from './ops/common.ts';
import { WINDOW } from './ops/window.ts';
import { ruleOf, type RuleBook } from './rule.ts';

/** The subgraph that is the network; others are called from it, or are networks of their own. */
export const MAIN = 0;

/**
 * A file, with the rules of every operator that it names: most are made of what is common, and wait for no others.
 *
 * @throws ProfileError CSP301 not well-formed, CSP303 no model
 */
export async function openTflite(
  source: ByteSource,
  file: string,
): Promise<{ readonly model: ModelFile; readonly rules: RuleBook }> {
  const model = new ModelFile(source, file);
  const isCommon = model.operatorNames.every((each) => ruleOf(COMMON_RULES, each) !== undefined);
  return { model, rules: isCommon ? COMMON_RULES : (await import('./ops/registry.ts')).ALL_RULES };
}

/** The network of a file. @throws ProfileError as `openTflite` and `readModel` do */
export async function readTflite(source: ByteSource, options: ReadOptions): Promise<ReadNetwork> {
  const { model, rules } = await openTflite(source, options.file);
  return readModel(model, options, rules);
}

/**
 * Reads a TensorFlow Lite model as a graph with every shape known. Weights stay where they are; of what is stored only
 * small shape operands are read.
 *
 * Maps have their channels second in our graph, whatever the file has, and remember it (`channelsLast`): operators,
 * counts and models of devices know one layout, and people see the shapes of the file.
 *
 * @throws ProfileError CSP301 not well-formed, CSP302 no valid model, CSP307 unknown operators, CSP101 and CSP102
 *   inputs that do not fit, CSP201 operands that do not fit
 */
export function readModel(model: ModelFile, options: ReadOptions, rules: RuleBook): ReadNetwork {
  const { file } = options;
  const main = model.subgraph(MAIN);
  const signature = model.signatures.find(({ subgraph }) => subgraph === MAIN);
  const findings = new Findings(options.bindings ?? new Map<string, number>());
  const stored = main.inputs.map((tensor) => main.tensor(tensor));
  const names = stored.map(({ index, name }) => signature?.inputs.get(index) ?? name);
  refuseUnknownNames(model, names, options);
  const shapes = stored.map((input, i) => inputShape(model, names[i] ?? '', input, options, findings));
  const isGiven = (i: number): boolean => options.inputs?.has(names[i] ?? '') === true;
  const resized = shapes.some((shape, i) => shape.join() !== stored[i]?.shape.join());

  const builder = new GraphBuilder({
    name: baseName(file),
    source: file,
    format: 'tflite',
    fileBytes: model.size,
  });
  const lowerer = new Lowerer(builder, model, rules, findings, resized);
  const asMaps = main.operators.some(({ name, isCustom }) => !isCustom && Object.hasOwn(WINDOW, name));
  const inputs = stored.map((input, i) => {
    const dtype = input.dtype ?? model.fail(`input "${input.name}" is no tensor`);
    return lowerer.input(names[i] ?? input.name, { dtype, shape: shapes[i] ?? input.shape }, asMaps);
  });
  const results = hinting(stored, names, shapes, () => lowerer.run(main, inputs));
  main.outputs.forEach((tensor, i) => {
    const id = results[i] && lowerer.outputId(results[i]);
    const name = outputName(main, signature, tensor);
    if (id === undefined) builder.shapelessOutput(name);
    else builder.output(name, id);
  });
  refuseUnknownBindings(model, findings, options.passOver);
  const unknown = unknownOperators(findings, rules, file);
  if (unknown !== undefined && options.onUnknown !== 'opaque') throw new ProfileError(unknown);
  return {
    graph: builder.build(),
    diagnostics: [
      ...freeExtents(model, stored, names, shapes, (i) => resized || isGiven(i)),
      ...otherNetworks(model),
      ...(unknown === undefined
        ? []
        : [warning(unknown.code, unknown.message, 'every total lacks their cost', model.origin)]),
      ...remarks(findings, file),
    ],
  };
}

/** Extents to begin with, of sounds and of images. */
const USUAL = { sound: 16_000, image: 224 } as const;

/** The shape of an input with such extents where the file leaves them open. */
export function usualShape({ shape, free }: StoredTensor): Shape {
  const usual = shape.length === 4 ? USUAL.image : USUAL.sound;
  return shape.map((extent, axis) => (axis > 0 && free.includes(axis) ? usual : extent));
}

/** Where the extents that a file assumes make no sense, others are asked for. */
function hinting<T>(
  stored: readonly StoredTensor[],
  names: readonly string[],
  shapes: readonly Shape[],
  run: () => T,
): T {
  try {
    return run();
  } catch (error) {
    const index = stored.findIndex(
      ({ free, shape }, i) => free.length > 0 && shape.join() === shapes[i]?.join(),
    );
    const open = stored[index];
    if (!(error instanceof ProfileError) || open === undefined) throw error;
    const shape = usualShape(open);
    const fix = `give the input that is left open another shape: --input ${quoted(`${names[index] ?? ''}:${shape.join('x')}`)}`;
    const [first, ...others] = error.diagnostics.map((each) =>
      each.code === 'CSP201' ? { ...each, fix } : each,
    );
    throw first === undefined ? error : new ProfileError(first, ...others);
  }
}

const outputName = (main: Subgraph, signature: Signature | undefined, tensor: number): string =>
  signature?.outputs.get(tensor) ?? main.tensor(tensor).name;

function refuseUnknownNames(
  model: ModelFile,
  names: readonly string[],
  { inputs = new Map<string, readonly number[]>(), passOver }: ReadOptions,
): void {
  for (const name of inputs.keys()) {
    if (names.includes(name)) continue;
    if (passOver !== undefined) {
      passOver(`input "${name}"`);
      continue;
    }
    throw new ProfileError(
      problem('CSP101', `has no input "${name}"`, `its inputs: ${names.join(', ')}`, model.origin),
    );
  }
}

const MOST_LISTED = 20;

function refuseUnknownBindings(
  model: ModelFile,
  { bindings, asked }: Findings,
  passOver: ReadOptions['passOver'],
): void {
  for (const symbol of bindings.keys()) {
    if (asked.has(symbol)) continue;
    if (passOver !== undefined) {
      passOver(`dimension "${symbol}"`);
      continue;
    }
    const own = [...asked].slice(0, MOST_LISTED);
    throw new ProfileError(
      problem(
        'CSP101',
        `has no dimension "${symbol}"`,
        own.length === 0 ? 'leave out --bind: every extent is known' : `its dimensions: ${own.join(', ')}`,
        model.origin,
      ),
    );
  }
}

/** The shape of an input: what the user gave where the file leaves it open, else what the file assumes. */
function inputShape(
  model: ModelFile,
  name: string,
  { shape, free }: StoredTensor,
  { inputs, extent, batch }: ReadOptions,
  findings: Findings,
): Shape {
  const given = inputs?.get(name);
  const asked = (axis: number): number | undefined => {
    if (given !== undefined) return given[axis];
    if (axis === 0) return batch;
    return shape.length === 4 && axis <= 2 ? extent?.[axis - 1] : undefined;
  };
  const wanted = shape.map((stated, axis) => {
    const bound = free.includes(axis) ? findings.bound(`${name}[${String(axis)}]`) : undefined;
    return bound ?? asked(axis) ?? stated;
  });
  const fits = given === undefined || given.length === shape.length;
  if (fits && wanted.every((each, axis) => each === shape[axis] || free.includes(axis))) return wanted;
  const stated = shape.map((each, axis) => (free.includes(axis) ? '?' : String(each))).join('x');
  throw new ProfileError(
    problem(
      'CSP102',
      `input "${name}" is ${stated}, not ${(given ?? wanted).join('x')}`,
      'keep the extents that the model fixes',
      model.origin,
    ),
  );
}

/** Says which open extents are counted as the file assumes them. */
function freeExtents(
  model: ModelFile,
  stored: readonly StoredTensor[],
  names: readonly string[],
  shapes: readonly Shape[],
  isGiven: (input: number) => boolean,
): readonly Diagnostic[] {
  const open = stored.flatMap(({ free }, i) => (free.length > 0 && !isGiven(i) ? [i] : []));
  const [first] = open;
  if (first === undefined) return [];
  const shape = (shapes[first] ?? []).join('x');
  const name = names[first] ?? '';
  return [
    warning(
      'CSP305',
      `${open.length === 1 ? 'an input leaves' : `${String(open.length)} inputs leave`} extents open, which are counted as stored: ${name} at ${shape}`,
      `give another shape: --input ${quoted(`${name}:${shape}`)}`,
      model.origin,
    ),
  ];
}

/** Networks beside the first one, which are not counted. */
function otherNetworks(model: ModelFile): readonly Diagnostic[] {
  const others = model.signatures.filter(({ subgraph }) => subgraph !== MAIN);
  return others.length === 0
    ? []
    : [
        warning(
          'CSP305',
          `${String(others.length)} more network${others.length === 1 ? ' is' : 's are'} in the file and not counted: ${others
            .map(({ key }) => key)
            .slice(0, MOST_LISTED)
            .join(', ')}`,
          'convert each into a file of its own',
          model.origin,
        ),
      ];
}

function baseName(file: string): string {
  return (file.split(/[\\/]/).at(-1) ?? file).replace(/\.tflite$/, '');
}
