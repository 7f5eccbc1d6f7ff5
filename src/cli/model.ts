import { extname, resolve } from 'node:path';
import type { Options } from 'yargs';
import { loadFamily } from '../../architectures/load.ts';
import type { GivenValues } from '../../architectures/family.ts';
import type { ParameterValue } from '../../architectures/parameter.ts';
import type { ByteSource } from '../formats/byteSource.ts';
import type { ModelDescription, ReadNetwork } from '../formats/format.ts';
import type { ReadModelOptions } from '../formats/model.ts';
import { MODULE } from '../formats/mjs/format.ts';
import { ONNX } from '../formats/onnx/format.ts';
import { ProfileError, problem } from '../diagnostics.ts';
import { FORMATS, formatByName, onUnknownIn } from '../formats/registry.ts';
import { withDType } from '../graph/graph.ts';
import { openFile, type OpenSource, type StreamOptions } from '../probe/fileSource.ts';
import { list, text, type Args } from './command.ts';
import { STDIN, fileError, isSystemError, openStdin } from './files.ts';
import type { Io } from './io.ts';
import { oneOf, usageError, wholeNumber } from './usage.ts';

/** Options of every command that takes a model. */
export const MODEL_OPTIONS = {
  input: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'shape of an input: NAME:1x3x224x224 (repeatable)',
  },
  bind: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'extent of a symbolic dimension: N=1 (repeatable)',
  },
  value: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'content of a small input, which decides branches, trips or shapes: NAME=16000 (repeatable)',
  },
  branch: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'branch of an If whose condition is not known: NODE=then or NODE=else (repeatable)',
  },
  'on-unknown': { type: 'string', describe: 'unknown operators: opaque (go on, cost unknown) or error' },
  assume: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'what an unknown ONNX operator makes: DOMAIN.OP=same-shape (repeatable)',
  },
  qdq: {
    type: 'string',
    describe: 'operators between QDQ nodes: quantised (as runtimes have them) or literal (node by node)',
  },
  batch: { type: 'string', describe: 'batch size' },
  dtype: { type: 'string', describe: 'element type: float32, float16, bfloat16, int16 or int8' },
} as const satisfies Record<string, Options>;

/** Element types to choose from. */
export const DTYPES = ['float32', 'float16', 'bfloat16', 'int16', 'int8'] as const;

/** What is asked of a model, and where it is. */
export interface ModelRequest extends ReadModelOptions {
  /** zoo name or path */
  readonly path: string;
  /** of a built-in network or a module: values by id */
  readonly parameters?: GivenValues;
}

/** The parts of a model argument. */
export interface ModelSpec {
  /** zoo name or path */
  readonly path: string;
  /** `gamma=0.25,width=2`, of a built-in network or a module */
  readonly parameters?: string;
  /** height and width */
  readonly extent?: readonly [number, number];
}

/**
 * The graph that a model argument names: `cspresnext50@320`, `csppeleenet:gamma=0.25`, `models/yolov4.cfg@416x608`.
 *
 * @param locate where the file of a path is; messages name the path
 * @throws ProfileError where the model does not exist or makes no sense
 */
export async function loadModel(
  spec: string,
  args: Args,
  io: Io,
  locate: (path: string) => string = (path) => resolve(io.cwd, path),
  passOver?: (name: string) => void,
): Promise<ReadNetwork> {
  const dtype = oneOf('dtype', text(args, 'dtype') ?? 'float32', DTYPES);
  const request = { ...(await requestOf(spec, args)), ...(passOver === undefined ? {} : { passOver }) };
  const { graph, diagnostics } = await load(request, locate);
  return { graph: dtype === 'float32' ? graph : withDType(graph, dtype), diagnostics };
}

/** Formats whose files name their inputs and extents. */
const NAMING: readonly string[] = ['onnx', 'tflite'];

/** Reads a model; with a function, that hears of each given name that the model does not have. */
type Load = (passOver?: (name: string) => void) => Promise<ReadNetwork>;

/** Shapes, extents and contents that are given to several models at once: each takes those that it has names for. */
export class SharedNames {
  readonly #specs = new Set<string>();
  readonly #lacking: ReadonlySet<string>[] = [];

  /** Reads one of the models. */
  async read(spec: string, load: Load): Promise<ReadNetwork> {
    const lacks = new Set<string>();
    const model = await load((name) => lacks.add(name));
    this.#specs.add(spec);
    if (NAMING.includes(model.graph.format)) this.#lacking.push(lacks);
    return model;
  }

  /**
   * When all are read.
   *
   * @throws ProfileError CSP101 for a name that none of them has
   */
  check(): void {
    const [first = new Set<string>(), ...others] = this.#lacking;
    const nowhere = [...first].find((name) => others.every((lacks) => lacks.has(name)));
    if (nowhere === undefined) return;
    const specs = [...this.#specs].join(', ');
    throw new ProfileError(
      problem(
        'CSP101',
        this.#specs.size === 1 ? `${specs} has no ${nowhere}` : `none of ${specs} has the ${nowhere}`,
        'list what each has: csp-profile inputs MODEL',
      ),
    );
  }
}

/**
 * The graphs of several model arguments, each of which takes the shapes, extents and contents that it has names for.
 *
 * @param load reads one, and says what it has no name for
 * @param names what is given to these models and to others that were read before
 * @throws ProfileError as `load` does, and CSP101 for a name that none of them has
 */
export async function loadModels(
  specs: readonly string[],
  load: (spec: string, passOver?: (name: string) => void) => Promise<ReadNetwork>,
  names = specs.length === 1 ? undefined : new SharedNames(),
): Promise<readonly ReadNetwork[]> {
  const models: ReadNetwork[] = [];
  for (const spec of specs) {
    const model = names === undefined ? load(spec) : names.read(spec, (passOver) => load(spec, passOver));
    models.push(await model);
  }
  names?.check();
  return models;
}

/** What is asked of a model: its argument, and the options in {@link MODEL_OPTIONS}. */
export async function requestOf(spec: string, args: Args): Promise<ModelRequest> {
  const { path, parameters, extent } = parseSpec(spec);
  const batch = text(args, 'batch');
  return {
    path,
    ...(parameters === undefined ? {} : { parameters: await parseParameters(spec, path, parameters) }),
    ...(extent === undefined ? {} : { extent }),
    ...(batch === undefined ? {} : { batch: wholeNumber('batch', batch, 1) }),
    input: Object.fromEntries(list(args, 'input').map(parseInput)),
    bind: Object.fromEntries(list(args, 'bind').map(parseBinding)),
    value: valuesOf(args),
    branch: Object.fromEntries(list(args, 'branch').map(parseBranch)),
    assume: Object.fromEntries(list(args, 'assume').map(parseAssumption)),
    qdq: oneOf('qdq', text(args, 'qdq') ?? 'quantised', QDQ),
    onUnknown: oneOf('on-unknown', text(args, 'on-unknown') ?? onUnknownIn(path), ON_UNKNOWN),
  };
}

/** Contents of small inputs that the options give, by name. */
export const valuesOf = (args: Args): Readonly<Record<string, readonly number[]>> =>
  Object.fromEntries(list(args, 'value').map(parseValue));

/**
 * What the file of a model argument says of itself; of a built-in network and of a module, what its graph says.
 *
 * @throws ProfileError as `loadModel` does
 */
export async function describeArgument(spec: string, args: Args, io: Io): Promise<ModelDescription> {
  const request = await requestOf(spec, args);
  const locate = (path: string): string => resolve(io.cwd, path);
  const { path } = request;
  if (!isFile(path) || formatByName(path) === MODULE) {
    const { describeGraph } = await import('../formats/describe.ts');
    return describeGraph((await load(request, locate)).graph);
  }
  const { describeModel, mostBytes } = await import('../formats/model.ts');
  return withBytes(request, locate, mostBytes, (source) => describeModel(source, { ...request, file: path }));
}

/** Whether a model argument is no name of a built-in network. */
export const isFile = (path: string): boolean => path === STDIN || extname(path) !== '' || path.includes('/');

/** Calls `use` with the bytes of a file, or of standard input. */
async function withBytes<T>(
  { path }: ModelRequest,
  locate: (path: string) => string,
  most: StreamOptions['most'],
  use: (source: ByteSource) => Promise<T>,
): Promise<T> {
  const source = path === STDIN ? openStdin(most) : opened(path, locate(path), most);
  try {
    return await use(source);
  } catch (error) {
    throw isSystemError(error) ? fileError(path, error) : error;
  } finally {
    source.close();
  }
}

async function load(request: ModelRequest, locate: (path: string) => string): Promise<ReadNetwork> {
  const { path, extent, batch, parameters = {} } = request;
  if (!isFile(path)) {
    refuseTwice('input', extent, parameters, '@EXTENT');
    refuseTwice('batch', batch, parameters, '--batch');
    const image = { ...(extent && { input: extent }), ...(batch && { batch }) };
    const { family, network } = await loadFamily(path);
    return { graph: family.build({ ...parameters, ...image }, network), diagnostics: [] };
  }
  if (formatByName(path) === MODULE) {
    const { runModule } = await import('./module.ts');
    return { graph: await runModule(request, locate(path)), diagnostics: [] };
  }
  const { readModel, mostBytes } = await import('../formats/model.ts');
  return withBytes(request, locate, mostBytes, (source) => readModel(source, { ...request, file: path }));
}

/** The file of a path; one that is not there and is called like no model was meant as something else. */
function opened(path: string, file: string, most: StreamOptions['most']): OpenSource {
  try {
    return openFile(file, { shown: path, ...(most && { most }) });
  } catch (error) {
    if (error instanceof ProfileError) throw error;
    if (!isMissing(error) || formatByName(path) !== undefined) throw fileError(path, error);
    const extensions = FORMATS.flatMap((format) => format.extensions);
    throw usageError(
      `"${path}" is neither a built-in network nor a file of a known kind`,
      `use a name from csp-profile list, or a file that ends in ${extensions.join(', ')}`,
    );
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Something that is said in two ways, of which one would be lost. */
function refuseTwice(id: string, given: unknown, parameters: GivenValues, other: string): void {
  if (given === undefined || parameters[id] === undefined) return;
  throw usageError(`the ${id} is given as ${id}= and as ${other}`, 'give it once');
}

/** A name of the zoo, or a module, and what follows a colon: no drive and no other file. */
const PARAMETERS = /^([a-z][a-z0-9-]+|.*\.mjs):([^/\\]*)$/;

/** `gamma=0.25,fusion=last,input=224x320` */
async function parseParameters(spec: string, name: string, parameters: string): Promise<GivenValues> {
  const values = new Map<string, ParameterValue>();
  for (const each of parameters.split(',')) {
    const [, id, value] = /^([^=]+)=([^=]+)$/.exec(each) ?? [];
    if (id === undefined || value === undefined) {
      throw usageError(`"${each}" is no parameter`, await exampleOf(name), spec);
    }
    if (values.has(id)) throw usageError(`${id} is given twice`, 'give it once', spec);
    values.set(id, parseParameter(value));
  }
  return Object.fromEntries(values);
}

/** How to write a parameter of a model. */
async function exampleOf(name: string): Promise<string> {
  if (isFile(name)) return `write ${name}:depth=3`;
  const { family } = await loadFamily(name);
  const [id = '', parameter] = Object.entries(family.parameters)[0] ?? [];
  return `write ${name}:${id}=${String(parameter?.default)}; csp-profile list --params ${name} names all`;
}

export function parseParameter(value: string): ParameterValue {
  const [, height, width] = /^([0-9]+)x([0-9]+)$/.exec(value) ?? [];
  if (height !== undefined && width !== undefined) return [Number(height), Number(width)];
  return Number.isNaN(Number(value)) || value.trim() === '' ? value : Number(value);
}

const EXTENT = /^(.+)@([0-9]+)(?:x([0-9]+))?$/;

const QDQ = ['quantised', 'literal'] as const;

const ON_UNKNOWN = ['opaque', 'error'] as const;

/** `NAME:1x3x224x224`; the name may hold colons. */
function parseInput(option: string): readonly [string, readonly number[]] {
  const [, name, shape] = /^(.+):([0-9]+(?:x[0-9]+)*)$/.exec(option) ?? [];
  if (name === undefined || shape === undefined) {
    throw usageError(`--input is "${option}"`, 'write a name and a shape, such as data:1x3x224x224');
  }
  return [name, shape.split('x').map(Number)];
}

/** `N=1` */
function parseBinding(option: string): readonly [string, number] {
  const [, symbol, extent] = /^(.+)=([0-9]+)$/.exec(option) ?? [];
  if (symbol === undefined || extent === undefined) {
    throw usageError(`--bind is "${option}"`, 'write a symbol and an extent, such as N=1');
  }
  return [symbol, Number(extent)];
}

/** `sr=16000`, `shape=1,3,8,8`, `use_cache=true`; the name may hold equals signs. */
function parseValue(option: string): readonly [string, readonly number[]] {
  const [, name, content] = /^(.+)=([^=]+)$/.exec(option) ?? [];
  const values = content?.split(',').map((each) => LOGICAL.get(each.trim()) ?? Number(each.trim() || 'none'));
  if (name === undefined || values === undefined || values.some(Number.isNaN)) {
    throw usageError(
      `--value is "${option}"`,
      'write a name and its content, such as sr=16000 or size=1,3,8,8',
    );
  }
  return [name, values];
}

/** `NODE=then`; the name may hold equals signs. */
function parseBranch(option: string): readonly [string, 'then' | 'else'] {
  const [, node, branch] = /^(.+)=(then|else)$/.exec(option) ?? [];
  if (node === undefined || (branch !== 'then' && branch !== 'else')) {
    throw usageError(`--branch is "${option}"`, 'write the name of a node and a branch, such as If_12=then');
  }
  return [node, branch];
}

/** `my.domain.Op=same-shape` */
function parseAssumption(option: string): readonly [string, 'same-shape'] {
  const [, name] = /^(.+)=same-shape$/.exec(option) ?? [];
  if (name === undefined) {
    throw usageError(
      `--assume is "${option}"`,
      'write an operator and what it makes, such as my.domain.Op=same-shape',
    );
  }
  return [name, 'same-shape'];
}

const LOGICAL: ReadonlyMap<string, number> = new Map([
  ['true', 1],
  ['false', 0],
]);

/** The ONNX file that a model argument names, to be run with its own weights; undefined for other models. */
export function onnxFileOf(spec: string, locate: (path: string) => string): string | undefined {
  const { path } = parseSpec(spec);
  return formatByName(path) === ONNX ? locate(path) : undefined;
}

/** A model argument as its parts, height before width. */
export function parseSpec(spec: string): ModelSpec {
  const [, sized, height, width] = EXTENT.exec(spec) ?? [];
  const named = sized ?? spec;
  const extent =
    height === undefined
      ? {}
      : { extent: [wholeNumber('@', height, 1), wholeNumber('@', width ?? height, 1)] as const };
  const [, path, parameters] = PARAMETERS.exec(named) ?? [];
  if (path === undefined || parameters === undefined || formatByName(named) !== undefined) {
    return { path: named, ...extent };
  }
  return { path, parameters, ...extent };
}
