import { readFileSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Options } from 'yargs';
import { buildNetwork } from '../../architectures/zoo.ts';
import { ProfileError, problem, type Diagnostic } from '../diagnostics.ts';
import { withDType, type Graph } from '../graph/graph.ts';
import { Network } from '../graph/network.ts';
import { text, type Args } from './command.ts';
import type { Io } from './io.ts';
import { oneOf, usageError, wholeNumber } from './usage.ts';

/** Options of every command that takes a model. */
export const MODEL_OPTIONS = {
  batch: { type: 'string', describe: 'batch size' },
  dtype: { type: 'string', describe: 'element type: float32, float16, bfloat16 or int8' },
} as const satisfies Record<string, Options>;

const DTYPES = ['float32', 'float16', 'bfloat16', 'int8'] as const;

/** What is asked of a model. */
export interface ModelRequest {
  /** zoo name or path */
  readonly path: string;
  /** height and width of the input; absent: the model's own */
  readonly extent?: readonly [number, number];
  readonly batch?: number;
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
  '.json': async (request, file) => {
    refuseResizing(request);
    const { readJson } = await import('../formats/json/read.ts');
    return { graph: readJson(new TextDecoder().decode(readBytes(request.path, file)), request.path), diagnostics: [] };
  },
  '.mjs': async (request, file) => ({ graph: await runModule(request, file), diagnostics: [] }),
};

/** A graph file states its shapes: another extent needs the network's definition. */
function refuseResizing({ path, extent, batch }: ModelRequest): void {
  if (extent === undefined && batch === undefined) return;
  throw usageError(
    `${path} has fixed shapes`,
    'leave out @EXTENT and --batch, or export the graph again from its source at the wanted size',
  );
}

/**
 * The graph of a user's module: its default export adds the layers to the `Network` that it is given, or returns
 * a graph. It is the user's own program and runs as such.
 */
async function runModule(request: ModelRequest, file: string): Promise<Graph> {
  readBytes(request.path, file);
  const origin = { format: 'module', file: request.path } as const;
  const refuse = (message: string): ProfileError =>
    new ProfileError(
      problem('CSP304', message, 'export default (g, { extent, batch }) => { ... }: see the README', origin),
    );
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(file).href)) as typeof module;
  } catch (error) {
    throw refuse(`the module does not load: ${messageOf(error)}`);
  }
  const build = module.default;
  if (typeof build !== 'function') throw refuse('the module has no function as its default export');
  const { path, extent = [224, 224], batch = 1 } = request;
  const network = new Network(basename(path, extname(path)), { origin });
  try {
    const result: unknown = await Reflect.apply(build, undefined, [network, { extent, batch }]);
    return isGraph(result) ? result : network.builder.build();
  } catch (error) {
    throw error instanceof ProfileError ? error : refuse(`the builder failed: ${messageOf(error)}`);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isGraph = (value: unknown): value is Graph =>
  typeof value === 'object' && value !== null && 'nodes' in value && 'tensors' in value && 'layers' in value;

/**
 * The graph that a model argument names: `cspresnext50@320`, `models/yolov4.cfg@416x608`.
 *
 * @throws ProfileError where the model does not exist or makes no sense
 */
export async function loadModel(spec: string, args: Args, io: Io): Promise<LoadedModel> {
  const batch = text(args, 'batch');
  const dtype = oneOf('dtype', text(args, 'dtype') ?? 'float32', DTYPES);
  const request = { ...parseSpec(spec), ...(batch === undefined ? {} : { batch: wholeNumber('batch', batch, 1) }) };
  const { graph, diagnostics } = await load(request, io);
  return { graph: dtype === 'float32' ? graph : withDType(graph, dtype), diagnostics };
}

async function load(request: ModelRequest, io: Io): Promise<LoadedModel> {
  const { path, extent, batch } = request;
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
  return read(request, resolve(io.cwd, path));
}

const EXTENT = /^(.+)@([0-9]+)(?:x([0-9]+))?$/;

/** A model argument as path and extent, height before width. */
export function parseSpec(spec: string): ModelRequest {
  const [, path, height, width] = EXTENT.exec(spec) ?? [];
  if (path === undefined || height === undefined) return { path: spec };
  return { path, extent: [wholeNumber('@', height, 1), wholeNumber('@', width ?? height, 1)] };
}

const REASONS: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  ENOENT: ['there is no such file', 'check the path'],
  EISDIR: ['this is a directory', 'name the file in it'],
  EACCES: ['the file may not be read', 'change its permissions'],
};

/** The bytes of a file; `shown` is its name in messages. */
function readBytes(shown: string, file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw fileError(shown, error);
  }
}

/**
 * What a JSON file holds.
 *
 * @throws ProfileError CSP803 where it is no JSON
 */
export function readJsonFile(path: string, io: Io): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(readBytes(path, resolve(io.cwd, path))));
  } catch (error) {
    if (error instanceof ProfileError) throw error;
    throw new ProfileError(
      problem('CSP803', `the file is no JSON: ${messageOf(error)}`, 'mend it, or write it again', { format: 'json', file: path }),
    );
  }
}

/** A system error about a file as one line. */
export function fileError(shown: string, error: unknown): ProfileError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const [what, fix] = REASONS[code] ?? [`the file cannot be used (${code})`, 'check the path and the disk'];
  return new ProfileError(problem('CSP802', what, fix, { format: 'cli', argument: shown }));
}
