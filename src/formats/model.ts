import { ProfileError, problem, type Origin } from '../diagnostics.ts';
import type { Graph } from '../graph/graph.ts';
import { inBlocks, type ByteStream } from './blocks.ts';
import { bytesSource, headOf, LARGEST_TEXT, type ByteSource } from './byteSource.ts';
import { foreignKind } from './foreign.ts';
import { describeGraph } from './describe.ts';
import type { Format, ModelDescription, ReadNetwork, WriteOptions, Written } from './format.ts';
import { FORMATS, formatById, formatByName } from './registry.ts';

/** A browser's `Blob` or `File`, as far as it is needed here. */
export interface BlobLike {
  /** bytes */
  readonly size: number;
  /** of a `File` */
  readonly name?: string;
  /** The bytes from `start` (included) to `end` (excluded). */
  slice(start: number, end: number): BlobLike;
  /** All of its bytes. */
  arrayBuffer(): Promise<ArrayBuffer>;
  /** Its bytes one after the other; where they can be had so, they are read ahead. */
  stream?(): ByteStream;
}

/** What is asked of a model beyond what its file says. */
export interface ReadModelOptions {
  /** name of the file, whose ending tells the format, for messages and origins; absent: a `File`'s own, or `model` */
  readonly file?: string;
  /** height and width of the input; absent: the model's own */
  readonly extent?: readonly [number, number];
  /** images at once; absent: the model's own, or 1 */
  readonly batch?: number;
  /** whole shapes of inputs, by name: `{ data: [1, 3, 224, 224] }` */
  readonly input?: Readonly<Record<string, readonly number[]>>;
  /** extents of symbolic dimensions, by symbol: `{ N: 1 }` */
  readonly bind?: Readonly<Record<string, number>>;
  /** contents of small inputs that decide branches, trips or shapes, row by row, by name: `{ sr: [16000] }` */
  readonly value?: Readonly<Record<string, readonly number[]>>;
  /** branches of nodes whose condition is not known, by the name of the node; absent: the one with more MACs */
  readonly branch?: Readonly<Record<string, 'then' | 'else'>>;
  /** hears of every given name that the model does not have, such as `dimension "N"`; absent: that is an error */
  readonly passOver?: (name: string) => void;
  /** unknown operators: refuse the model (`error`, the default), or go on without their cost */
  readonly onUnknown?: 'error' | 'opaque';
  /** what unknown operators make, by name: `{ 'my.domain.Op': 'same-shape' }`, results like their first inputs */
  readonly assume?: Readonly<Record<string, 'same-shape'>>;
  /**
   * Operators between nodes that dequantise and quantise (QDQ): one quantised operator, as runtimes make of them (the
   * default), or node by node
   */
  readonly qdq?: 'quantised' | 'literal';
}

/**
 * Reads a network of any format that is known, from the bytes of its file, its text, a source of bytes that are
 * read where they are needed, or a browser's `File`. Weights are passed over; nothing is fetched or opened.
 *
 * In a worker a `File` is read where it is needed, whatever its size; elsewhere it is read as a whole, up to 1 GiB.
 *
 * @throws ProfileError CSP309 for a file that holds no network, or another one than its name says, CSP308 for one
 *   that is too large, and what the reader of its format says
 */
export async function readModel(
  model: ByteSource | Uint8Array | string | BlobLike,
  options: ReadModelOptions = {},
): Promise<ReadNetwork> {
  const {
    file = nameOf(model),
    input = {},
    bind = {},
    value = {},
    branch = {},
    assume = {},
    ...rest
  } = options;
  const source = await sourceOf(model, file);
  const { read } = formatOf(source, file);
  return read(source, {
    ...rest,
    file,
    inputs: new Map(Object.entries(input)),
    bindings: new Map(Object.entries(bind)),
    values: new Map(Object.entries(value)),
    branches: new Map(Object.entries(branch)),
    assume: new Map(Object.entries(assume)),
  });
}

/**
 * What a file says of itself, before any of its open extents has a value: inputs, outputs, operators, stored size.
 *
 * @throws ProfileError as `readModel` does
 */
export async function describeModel(
  model: ByteSource | Uint8Array | string | BlobLike,
  options: ReadModelOptions = {},
): Promise<ModelDescription> {
  const { file = nameOf(model) } = options;
  const source = await sourceOf(model, file);
  const { describe } = formatOf(source, file);
  return describe === undefined
    ? describeGraph((await readModel(source, options)).graph)
    : describe(source, { file });
}

/** Networks with weights of this size and more are in several files. */
const LARGEST_STREAM = 2 ** 34;

/** As many bytes as a network may have that begins so, where its size is not known before. */
export const mostBytes = (head: Uint8Array): number =>
  FORMATS.some(({ hasWeights, recognises }) => hasWeights === true && recognises?.(head) === true)
    ? LARGEST_STREAM
    : LARGEST_TEXT;

const nameOf = (model: object | string): string =>
  typeof model === 'object' && 'name' in model && typeof model.name === 'string' ? model.name : 'model';

async function sourceOf(
  model: ByteSource | Uint8Array | string | BlobLike,
  file: string,
): Promise<ByteSource> {
  if (typeof model === 'string') return bytesSource(new TextEncoder().encode(model));
  if (model instanceof Uint8Array) return bytesSource(model);
  return 'slice' in model ? blobSource(model, file) : model;
}

/** Files of this size and more are not read as a whole. */
const LARGEST_BLOB = 2 ** 30;

/** What browsers have in workers only. */
interface WorkerScope {
  readonly FileReaderSync?: new () => { readAsArrayBuffer(blob: BlobLike): ArrayBuffer };
}

/** The bytes of a `Blob`, where they are read when they are asked for: in a worker. */
export function workerSource(blob: BlobLike): ByteSource | undefined {
  const { FileReaderSync } = globalThis as WorkerScope;
  if (FileReaderSync === undefined) return undefined;
  const reader = new FileReaderSync();
  return inBlocks(
    {
      size: blob.size,
      read: (offset, length) => new Uint8Array(reader.readAsArrayBuffer(blob.slice(offset, offset + length))),
    },
    streamOf(blob),
  );
}

/** The bytes of a `Blob` from a place on; undefined where they cannot be read into memory of one's own. */
function streamOf(blob: BlobLike): ((offset: number) => ByteStream) | undefined {
  const from = (offset: number): ByteStream => (blob.slice(offset, blob.size) as Required<BlobLike>).stream();
  if (blob.stream === undefined) return undefined;
  try {
    void from(blob.size).getReader({ mode: 'byob' }).cancel();
  } catch {
    // Some browsers have streams that make new memory for every piece: nothing is won by them.
    return undefined;
  }
  return from;
}

async function blobSource(blob: BlobLike, file: string): Promise<ByteSource> {
  const source = workerSource(blob);
  if (source !== undefined) return source;
  if (blob.size < LARGEST_BLOB) return bytesSource(new Uint8Array(await blob.arrayBuffer()));
  throw new ProfileError(
    problem(
      'CSP308',
      `the file has ${String(blob.size)} bytes`,
      'call readModel in a worker, where it reads only what it needs',
      { format: 'cli', argument: file },
    ),
  );
}

type Readable = Format & Required<Pick<Format, 'read'>>;

const isReadable = (format: Format): format is Readable => format.read !== undefined;

/**
 * The format of a file: what its name says, where its bytes do not say otherwise.
 *
 * @throws ProfileError CSP309 where it is no network, or one of another format than its name says
 */
function formatOf(source: ByteSource, file: string): Readable {
  if (source.size === 0) throw noModel(file, 'the file is empty', `write or download ${file} again`);
  const head = headOf(source);
  const foreign = foreignKind(head);
  if (foreign !== undefined) throw noModel(file, `the file is ${foreign.what}`, foreign.fix(file));
  const readable = FORMATS.filter(isReadable);
  const named = readable.find((format) => format === formatByName(file));
  if (named?.recognises?.(head) === true) return named;
  const found = readable.find(({ recognises }) => recognises?.(head) === true);
  if (named === undefined && found !== undefined) return found;
  if (named !== undefined && found === undefined) return named;
  if (named === undefined || found === undefined) {
    const known = readable.map(({ title, extensions }) => `${title} (${extensions.join(', ')})`).join(', ');
    throw noModel(file, 'the file begins like no network that is known', `give one of ${known}`);
  }
  const [extension = ''] = found.extensions;
  throw noModel(
    file,
    `the file begins like ${found.title}, not like ${named.title}`,
    `rename it to ${file.replace(/\.[^.]*$/, '')}${extension}, or download it again if it should be ${named.title}`,
  );
}

const noModel = (file: string, what: string, fix: string): ProfileError =>
  new ProfileError(problem('CSP309', what, fix, placeOf(file)));

const placeOf = (file: string): Origin => ({ format: 'cli', argument: file });

/**
 * The network in a format that can be written: `darknet`, `onnx` or `json`, or another one of the list.
 *
 * @param format id of the format
 * @returns text, or bytes in pieces that are made while they are asked for
 * @throws ProfileError CSP404 for a format that is not written, CSP4xx where the format cannot express the network
 */
export async function writeModel(graph: Graph, format: string, options: WriteOptions = {}): Promise<Written> {
  const write = formatById(format)?.write;
  if (write !== undefined) return write(graph, options);
  const known = FORMATS.filter((each) => each.write !== undefined).map(({ id }) => id);
  throw new ProfileError(
    problem('CSP404', `no network is written as "${format}"`, `use one of ${known.join(', ')}`),
  );
}
