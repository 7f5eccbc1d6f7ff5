import type { Diagnostic, Origin } from '../diagnostics.ts';
import type { Graph } from '../graph/graph.ts';
import type { ByteSource } from './byteSource.ts';

/**
 * A kind of file that holds a network. What is here is read at every start: data and small functions. What reads
 * and writes is behind import().
 */
export interface Format {
  /** what `Graph.format` and origins call it: lower case, `darknet` */
  readonly id: string;
  /** what people call it, to stand in a sentence: `Darknet` */
  readonly title: string;
  /** endings of its files, the usual one first: `.cfg`; none: its networks are in no files */
  readonly extensions: readonly string[];
  /** whether files of other kinds often end so too: such files are read when named, and never looked for */
  readonly commonExtension?: true;
  /** whether what begins like this is such a file; the first `HEAD_BYTES` bytes, or all there are */
  readonly recognises?: (head: Uint8Array) => boolean;
  /** its files hold the weights: they may be larger than any text */
  readonly hasWeights?: true;
  /** people write such files: the command line takes a name that is not known for a mistake, unless told otherwise */
  readonly handwritten?: true;
  /** id of the FLOP convention that its users expect */
  readonly flops: string;
  /** which parts the places in its files have; other parts are refused where a JSON file states them */
  readonly origin: OriginParts;
  /** its layers are those that people draw: a convolution with its normalisation and activation is one */
  readonly drawn?: true;
  /** what the file says that an operator is a part of; operators with the same are one layer where layers are fused */
  readonly unitOf?: (origin: Origin) => string | undefined;
  /** what viewers that open such files call the layer at a place, by the id of the viewer */
  readonly nodeIn?: Readonly<Record<string, (origin: Origin) => string | undefined>>;
  /** absent: its networks do not come as bytes */
  readonly read?: (source: ByteSource, options: ReadOptions) => Promise<ReadNetwork>;
  /** what a file says before any extent is bound; absent: what its graph says */
  readonly describe?: (source: ByteSource, options: Pick<ReadOptions, 'file'>) => Promise<ModelDescription>;
  /** absent: it is only read */
  readonly write?: (graph: Graph, options: WriteOptions) => Promise<Written>;
}

/** The parts of a place, and whether every place has it. */
export type OriginParts = Readonly<Partial<Record<OriginPart, 'required' | 'optional'>>>;
export type OriginPart = Exclude<keyof Origin, 'format'>;

/** A file for a program that shows networks, and from which no network is read. */
export interface ViewerFormat {
  readonly id: string;
  readonly title: string;
  readonly write: (graph: Graph, measured: Measured) => Promise<Written>;
}

/** What is asked of a model beyond what its file says. */
export interface ReadOptions {
  /** name of the file, for messages and origins */
  readonly file: string;
  /** height and width of the input; absent: the model's own */
  readonly extent?: readonly [number, number];
  readonly batch?: number;
  /** whole shapes of inputs, by name */
  readonly inputs?: ReadonlyMap<string, readonly number[]>;
  /** extents of symbolic dimensions, by symbol */
  readonly bindings?: ReadonlyMap<string, number>;
  /** contents of small inputs, row by row, by name */
  readonly values?: ReadonlyMap<string, readonly number[]>;
  /** branches of nodes whose condition is not known, by the name of the node */
  readonly branches?: ReadonlyMap<string, 'then' | 'else'>;
  /** hears of every given name that the model does not have, such as `dimension "N"`; absent: that is an error */
  readonly passOver?: (name: string) => void;
  /** unknown operators: refuse the file, or go on without their cost */
  readonly onUnknown?: 'error' | 'opaque';
  /** what unknown operators make, by name: results like their first inputs */
  readonly assume?: ReadonlyMap<string, 'same-shape'>;
  /** operators between nodes that dequantise and quantise: one quantised operator (the default), or node by node */
  readonly qdq?: 'quantised' | 'literal';
}

/** A network, and warnings about what was read in another sense than its author may have meant. */
export interface ReadNetwork {
  /** the network, every shape known */
  readonly graph: Graph;
  /** what was read all the same, and is worth knowing */
  readonly diagnostics: readonly Diagnostic[];
}

/** What a file says of itself. */
export interface ModelDescription {
  /** such as the version of the format, and what wrote it */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** what goes in, in the file's order */
  readonly inputs: readonly DescribedValue[];
  /** what comes out */
  readonly outputs: readonly DescribedValue[];
  /** the most frequent first */
  readonly operators: readonly { readonly op: string; readonly count: number }[];
  /** learned tensors that the file states; absent: not known before every input has a shape */
  readonly parameters?: {
    /** how many */
    readonly tensors: number;
    /** as stored, sub-byte types packed; those in other files included */
    readonly bytes: number;
  };
  /** what to pass so that every open extent has a value; absent: none is open */
  readonly fix?: string;
}

/** An input or output as a file states it. */
export interface DescribedValue {
  /** as the file has it */
  readonly name: string;
  /** element type, or what it holds (`sequence(float32)`); absent: not stated */
  readonly dtype?: string;
  /** numbers, symbols, and null where nothing is stated; absent: not even the rank is stated */
  readonly shape?: readonly (number | string | null)[];
}

/** How a network is written; a format passes over what does not concern it. */
export interface WriteOptions {
  /** made-up weights; absent: random */
  readonly weights?: 'random' | 'zero';
  /** of the random weights; absent: 1 */
  readonly seed?: number;
  /** absent: keep */
  readonly batchNorm?: 'keep' | 'fold';
  /** version of ONNX's operator set */
  readonly opset?: number;
  /** name of a second file beside the first, for the weights */
  readonly dataFile?: string;
}

/** What viewers show of a network. */
export interface Measured {
  readonly measurements: Measurements;
  /** the numbers to show, for viewers of many */
  readonly measures: readonly Measure[];
  /** the number to show, for viewers of one */
  readonly measure: Measure;
}

/** Numbers of a network and of its layers, in the order of the layers: a profile is one. */
export interface Measurements {
  readonly totals: Readonly<Record<string, unknown>>;
  readonly layers: readonly Readonly<Record<string, unknown>>[];
}

/** A number to show, by its key in the measurements. */
export interface Measure {
  readonly id: string;
  readonly title: string;
}

/** A file: text, or bytes in pieces; and what stands beside it. */
export interface Written {
  /** text, or bytes in pieces */
  readonly content: string | Iterable<Uint8Array>;
  /** a second file, by the name that the first one calls it */
  readonly beside?: { readonly name: string; readonly content: Iterable<Uint8Array> };
  /** what of the network is not in it; absent: nothing to say */
  readonly diagnostics?: readonly Diagnostic[];
}
