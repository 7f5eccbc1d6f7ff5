import { extname, resolve } from 'node:path';
import type { Options } from 'yargs';
import { buildNetwork } from '../../architectures/zoo.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { withDType, type Graph } from '../graph/graph.ts';
import { list, text, type Args } from './command.ts';
import { STDIN, readBytes, readStdin } from './files.ts';
import type { Io } from './io.ts';
import { withFile } from './source.ts';
import { oneOf, usageError, wholeNumber } from './usage.ts';

/** Options of every command that takes a model. */
export const MODEL_OPTIONS = {
  input: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'shape of an ONNX input: NAME:1x3x224x224 (repeatable)',
  },
  bind: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'extent of a symbolic dimension: N=1 (repeatable)',
  },
  'on-unknown': { type: 'string', describe: 'unknown operators: opaque (go on, cost unknown) or error' },
  batch: { type: 'string', describe: 'batch size' },
  dtype: { type: 'string', describe: 'element type: float32, float16, bfloat16, int16 or int8' },
} as const satisfies Record<string, Options>;

const DTYPES = ['float32', 'float16', 'bfloat16', 'int16', 'int8'] as const;

/** What is asked of a model. */
export interface ModelRequest {
  /** zoo name or path */
  readonly path: string;
  /** height and width of the input; absent: the model's own */
  readonly extent?: readonly [number, number];
  readonly batch?: number;
  /** whole shapes of inputs, by name */
  readonly inputs: ReadonlyMap<string, readonly number[]>;
  /** extents of symbolic dimensions, by symbol */
  readonly bindings: ReadonlyMap<string, number>;
  readonly onUnknown: 'error' | 'opaque';
}

export interface LoadedModel {
  readonly graph: Graph;
  readonly diagnostics: readonly Diagnostic[];
}

/** How a file becomes a graph, by extension. A new input format is one line here and its folder in formats/. */
const READERS: Readonly<Record<string, (request: ModelRequest, file: string) => Promise<LoadedModel>>> = {
  '.cfg': async (request, file) => {
    const { readDarknet } = await import('../formats/darknet/read.ts');
    return readDarknet(readBytes(request.path, file), { file: request.path, ...request });
  },
  '.onnx': async (request, file) => {
    const { fromOnnx } = await import('../formats/onnx/read.ts');
    return withFile(request.path, file, (source) => fromOnnx(source, { file: request.path, ...request }));
  },
  '.json': (request, file) => readGraphFile(request, readBytes(request.path, file)),
  '.mjs': async (request, file) => {
    const { runModule } = await import('./module.ts');
    return { graph: await runModule(request, file), diagnostics: [] };
  },
};

/** The model on standard input, whose kind its first character tells. */
async function readStandardInput(request: ModelRequest): Promise<LoadedModel> {
  const bytes = readStdin();
  const first = String.fromCharCode(...bytes.subarray(0, 1));
  if (first === '{') return readGraphFile(request, bytes);
  if (/[[#;\s]/.test(first)) {
    const { readDarknet } = await import('../formats/darknet/read.ts');
    return readDarknet(bytes, { ...request, file: request.path });
  }
  const [{ fromOnnx }, { bytesSource }] = await Promise.all([
    import('../formats/onnx/read.ts'),
    import('../formats/onnx/wire.ts'),
  ]);
  return fromOnnx(bytesSource(bytes), { ...request, file: request.path });
}

async function readGraphFile(request: ModelRequest, bytes: Uint8Array): Promise<LoadedModel> {
  refuseResizing(request);
  const { readJson } = await import('../formats/json/read.ts');
  return { graph: readJson(new TextDecoder().decode(bytes), request.path), diagnostics: [] };
}

/** A graph file states its shapes: another extent needs the network's definition. */
function refuseResizing({ path, extent, batch }: ModelRequest): void {
  if (extent === undefined && batch === undefined) return;
  throw usageError(
    `${path} has fixed shapes`,
    'leave out @EXTENT and --batch, or export the graph again from its source at the wanted size',
  );
}

/**
 * The graph that a model argument names: `cspresnext50@320`, `models/yolov4.cfg@416x608`.
 *
 * @param locate where the file of a path is; messages name the path
 * @throws ProfileError where the model does not exist or makes no sense
 */
export async function loadModel(
  spec: string,
  args: Args,
  io: Io,
  locate: (path: string) => string = (path) => resolve(io.cwd, path),
): Promise<LoadedModel> {
  const batch = text(args, 'batch');
  const dtype = oneOf('dtype', text(args, 'dtype') ?? 'float32', DTYPES);
  const request: ModelRequest = {
    ...parseSpec(spec),
    ...(batch === undefined ? {} : { batch: wholeNumber('batch', batch, 1) }),
    inputs: new Map(list(args, 'input').map(parseInput)),
    bindings: new Map(list(args, 'bind').map(parseBinding)),
    onUnknown: oneOf('on-unknown', text(args, 'on-unknown') ?? 'opaque', ON_UNKNOWN),
  };
  const { graph, diagnostics } = await load(request, locate);
  return { graph: dtype === 'float32' ? graph : withDType(graph, dtype), diagnostics };
}

async function load(request: ModelRequest, locate: (path: string) => string): Promise<LoadedModel> {
  const { path, extent, batch } = request;
  if (path === STDIN) return readStandardInput(request);
  const extension = extname(path).toLowerCase();
  if (extension === '' && !path.includes('/')) {
    const graph = buildNetwork(path, {
      ...(extent === undefined ? {} : { input: extent }),
      ...(batch === undefined ? {} : { batch }),
    });
    return { graph, diagnostics: [] };
  }
  const read = Object.hasOwn(READERS, extension) ? READERS[extension] : undefined;
  if (read === undefined) {
    throw usageError(
      `"${path}" is neither a built-in network nor a file of a known kind`,
      `use a name from csp-profile list, or a file that ends in ${Object.keys(READERS).join(', ')}`,
    );
  }
  return read(request, locate(path));
}

const EXTENT = /^(.+)@([0-9]+)(?:x([0-9]+))?$/;

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

/** The ONNX file that a model argument names, to be run with its own weights; undefined for other models. */
export function onnxFileOf(spec: string, locate: (path: string) => string): string | undefined {
  const { path } = parseSpec(spec);
  return extname(path).toLowerCase() === '.onnx' ? locate(path) : undefined;
}

/** A model argument as path and extent, height before width. */
export function parseSpec(spec: string): Pick<ModelRequest, 'path' | 'extent'> {
  const [, path, height, width] = EXTENT.exec(spec) ?? [];
  if (path === undefined || height === undefined) return { path: spec };
  return { path, extent: [wholeNumber('@', height, 1), wholeNumber('@', width ?? height, 1)] };
}
