import { ProfileError, excerpt, problem, warning, type Diagnostic } from '../../diagnostics.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph, TensorId } from '../../graph/graph.ts';
import { formatShape, type ParamRole, type Shape } from '../../ops/spec.ts';
import { command, consumersOf, hintsOf, mapOf, statedSizes } from './inputs.ts';
import { RULES } from './layers/index.ts';
import { Lowering, Unknown } from './lower.ts';
import { originOf, readLayers, type LayerLine } from './param.ts';

/** What is asked of a `.param` file beyond what it says. */
export interface NcnnOptions {
  /** name of the file in messages and origins */
  readonly file?: string;
  /** whole shapes of inputs, by name, the batch first */
  readonly inputs?: ReadonlyMap<string, readonly number[]>;
  /** height and width of every input that is a map, instead of the file's */
  readonly extent?: readonly [number, number];
  /** images at once */
  readonly batch?: number;
  /** what to do with layers whose cost is not known: refuse the file (the default), or go on without it */
  readonly onUnknown?: 'error' | 'opaque';
}

/** More warnings than this say nothing new. */
const MOST_WARNINGS = 20;
/** Kinds of layers that one message names. */
const MOST_LISTED = 10;

/**
 * The network that ncnn's `.param` describes, one layer per line; Input, MemoryData, Split and Noop are none.
 * Shapes come from the layers' parameters; where the file hints at another shape, that is a warning, since ncnn
 * itself runs what the layers make and takes hints for tuning only.
 *
 * @throws ProfileError CSP361 no .param file, CSP362 not well-formed, CSP363 an input without a size, CSP364 and
 *   CSP201 layers that do not fit, CSP366 unknown layers where they are refused
 */
export function readNcnn(
  source: Uint8Array | string,
  options: NcnnOptions = {},
): { readonly graph: Graph; readonly diagnostics: readonly Diagnostic[] } {
  const { file = 'network.param' } = options;
  const { layers, diagnostics } = readLayers(source, file);
  const reader = new Reader(layers, file, options);
  for (const layer of layers) reader.read(layer);
  const { graph, diagnostics: found } = reader.finish();
  return { graph, diagnostics: [...diagnostics, ...found] };
}

class Reader {
  readonly #file: string;
  readonly #options: NcnnOptions;
  readonly #builder: GraphBuilder;
  readonly #on: Lowering;
  /** tensors by the name of the blob; undefined where its shape is not known */
  readonly #blobs = new Map<string, TensorId | undefined>();
  readonly #names = new Map<TensorId, string>();
  readonly #consumers: ReadonlyMap<string, readonly LayerLine[]>;
  readonly #asked: ReadonlyMap<string, readonly number[]>;
  readonly #met = new Set<string>();
  readonly #warnings: Diagnostic[] = [];
  readonly #unknown = new Map<
    string,
    { count: number; readonly first: LayerLine; readonly reason: string }
  >();
  readonly #open: Diagnostic[] = [];
  #behind = 0;
  #unsaid = 0;
  #resized = false;

  constructor(layers: readonly LayerLine[], file: string, options: NcnnOptions) {
    this.#file = file;
    this.#options = options;
    this.#asked = options.inputs ?? new Map<string, readonly number[]>();
    this.#builder = new GraphBuilder({ name: stem(file), source: file, format: 'ncnn' });
    const batch = [...this.#asked.values()][0]?.[0] ?? options.batch ?? 1;
    this.#on = new Lowering(this.#builder, file, batch);
    this.#consumers = consumersOf(layers);
  }

  read(layer: LayerLine): void {
    switch (layer.type) {
      case 'Input':
        this.#inputs(layer);
        break;
      case 'MemoryData':
        this.#memory(layer);
        break;
      default:
        this.#place(
          layer,
          layer.inputs.map((blob) => this.#tensor(blob, layer)),
        );
    }
  }

  #place(layer: LayerLine, inputs: readonly (TensorId | undefined)[]): void {
    if (layer.type === 'Split') {
      // One blob under several names.
      const [whole] = inputs;
      this.#alias(
        layer,
        layer.outputs.map(() => whole),
      );
      return;
    }
    const known = inputs.filter((tensor) => tensor !== undefined);
    // Blobs that are only kept together; and all that cannot be known before each input has a size.
    if (layer.type === 'Noop') this.#alias(layer, inputs);
    else if (this.#open.length > 0) this.#alias(layer, []);
    else if (known.length === inputs.length) this.#lower(layer, known);
    else {
      this.#behind++;
      this.#on.start(layer, known);
      this.#opaque(layer, known, this.#hints(layer));
    }
  }

  #lower(layer: LayerLine, inputs: readonly TensorId[]): void {
    this.#on.start(layer, inputs);
    const rule = RULES.get(layer.type);
    const results = rule === undefined ? new Unknown('ncnn has no such layer') : rule(this.#on, layer.params);
    if (results instanceof Unknown) {
      const met = this.#unknown.get(layer.type);
      if (met === undefined) {
        this.#unknown.set(layer.type, { count: 1, first: layer, reason: results.reason });
      } else met.count++;
      this.#opaque(layer, inputs, results.shapes ?? this.#hints(layer));
      return;
    }
    if (results.length < layer.outputs.length) {
      this.#on.fail(
        `makes ${String(results.length)} blob${results.length === 1 ? '' : 's'}, not ${String(layer.outputs.length)}`,
        'name as many outputs as it has',
      );
    }
    // A layer that changes nothing is a layer all the same.
    this.#alias(
      layer,
      results.map((tensor) => (inputs.includes(tensor) ? this.#on.add('identity', [tensor], {}) : tensor)),
    );
    this.#check(layer);
  }

  finish(): { readonly graph: Graph; readonly diagnostics: readonly Diagnostic[] } {
    const [first, ...others] = this.#open;
    if (first !== undefined) throw new ProfileError(first, ...others);
    this.#refuseStrangers();
    if (this.#builder.layerCount === 0) {
      throw new ProfileError(
        problem('CSP362', 'no layer computes anything', 'give the .param of a network', {
          format: 'ncnn',
          file: this.#file,
          line: 1,
        }),
      );
    }
    const unknown = this.#unknownLayers();
    if (unknown !== undefined && this.#options.onUnknown !== 'opaque') throw new ProfileError(unknown);
    const graph = this.#builder.build();
    const outputs = graph.outputs.map(({ name, tensor }) => ({
      name: this.#names.get(tensor) ?? name,
      tensor,
    }));
    const more =
      this.#unsaid === 0
        ? []
        : [warning('CSP365', `${String(this.#unsaid)} more warnings like these`, 'see to the first ones')];
    const found =
      unknown === undefined
        ? []
        : [{ ...unknown, severity: 'warning' as const, fix: 'every total lacks their cost' }];
    const shapelessOutputs = [...this.#blobs].flatMap(([blob, tensor]) =>
      tensor === undefined && !this.#consumers.has(blob) ? [blob] : [],
    );
    return {
      graph: { ...graph, outputs, ...(shapelessOutputs.length === 0 ? {} : { shapelessOutputs }) },
      diagnostics: [...found, ...this.#warnings, ...more],
    };
  }

  /** The tensor of a blob; one that no layer makes is an input of the network. */
  #tensor(blob: string, layer: LayerLine): TensorId | undefined {
    if (!this.#blobs.has(blob)) this.#placeInput(blob, undefined, layer);
    return this.#blobs.get(blob);
  }

  #inputs(layer: LayerLine): void {
    const sizes = statedSizes(layer);
    for (const [i, blob] of layer.outputs.entries()) this.#placeInput(blob, sizes[i], layer);
  }

  /** Adds an input of the network, of the size that was asked for, or else of the file's. */
  #placeInput(blob: string, stated: Shape | undefined, layer: LayerLine): void {
    this.#met.add(blob);
    const dims = this.#inputDims(blob, stated, layer);
    if (dims === undefined) {
      this.#blobs.set(blob, undefined);
      return;
    }
    if (stated !== undefined && formatShape(dims) !== formatShape(stated)) this.#resized = true;
    const shape = [this.#on.batch, ...dims];
    this.#blobs.set(blob, this.#builder.input(blob, { dtype: 'float32', shape }));
  }

  #inputDims(blob: string, stated: Shape | undefined, layer: LayerLine): Shape | undefined {
    const { extent } = this.#options;
    const asked = this.#asked.get(blob);
    if (asked !== undefined) {
      const [batch, ...dims] = asked;
      if (
        dims.length > 0 &&
        dims.length <= 4 &&
        batch === this.#on.batch &&
        asked.every((each) => each > 0)
      ) {
        return dims;
      }
      throw new ProfileError(
        problem(
          'CSP102',
          `input "${excerpt(blob)}" cannot be ${formatShape(asked)}`,
          `write the batch and 1 to 4 extents: ${command(blob, [this.#on.batch, ...(stated ?? [3, 224, 224])])}`,
          originOf(this.#file, layer),
        ),
      );
    }
    const map = stated ?? (extent === undefined ? undefined : mapOf(this.#consumers.get(blob), extent));
    if (map !== undefined) {
      return extent !== undefined && map.length >= 3 ? [...map.slice(0, -2), ...extent] : map;
    }
    const example = [this.#on.batch, ...(mapOf(this.#consumers.get(blob), [224, 224]) ?? [3, 224, 224])];
    this.#open.push(
      problem(
        'CSP363',
        `input "${excerpt(blob)}" has no size`,
        `give it one, such as ${command(blob, example)}`,
        originOf(this.#file, layer),
      ),
    );
    return undefined;
  }

  #memory(layer: LayerLine): void {
    const { params } = layer;
    const [w, h, c, d] = [0, 1, 2, 11].map((id) => params.count(id, 0, 0)) as [
      number,
      number,
      number,
      number,
    ];
    const dims = d !== 0 ? [c, d, h, w] : c !== 0 ? [c, h, w] : h !== 0 ? [h, w] : [w === 0 ? 1 : w];
    for (const blob of layer.outputs) {
      const type = { dtype: 'float32', shape: [1, ...dims] } as const;
      this.#blobs.set(blob, this.#builder.constant(this.#roleOf(blob), type, blob));
    }
  }

  /** What stored data is for, by what reads it. */
  #roleOf(blob: string): ParamRole {
    for (const { type, params } of this.#consumers.get(blob) ?? []) {
      if (['Gemm', 'MatMul', 'Convolution', 'InnerProduct'].includes(type)) return 'weight';
      if (type === 'Scale') return 'scale';
      if (type === 'BinaryOp') return [2, 3, 8].includes(params.int(0, 0)) ? 'scale' : 'shift';
    }
    return 'embedding';
  }

  #alias(layer: LayerLine, tensors: readonly (TensorId | undefined)[]): void {
    for (const [i, blob] of layer.outputs.entries()) {
      const tensor = tensors[i];
      this.#blobs.set(blob, tensor);
      if (tensor !== undefined) this.#names.set(tensor, blob);
    }
  }

  /** A layer whose cost is not known, and what it makes where that is. */
  #opaque(layer: LayerLine, inputs: readonly TensorId[], shapes: readonly (Shape | undefined)[] = []): void {
    const known = layer.outputs.map((_, i) => shapes[i]);
    const outputs = known.flatMap((dims) =>
      dims === undefined ? [] : [{ dtype: 'float32' as const, shape: [this.#on.batch, ...dims] }],
    );
    const results = [...this.#builder.addAll('opaque', inputs, { op: layer.type, outputs })];
    this.#alias(
      layer,
      known.map((dims) => (dims === undefined ? undefined : results.shift())),
    );
  }

  /** The shapes that the file hints at, unless another size was asked for. */
  #hints(layer: LayerLine): readonly (Shape | undefined)[] | undefined {
    return this.#resized ? undefined : hintsOf(layer);
  }

  /** Compares what a layer makes with the file's hints. */
  #check(layer: LayerLine): void {
    const hints = this.#hints(layer);
    if (hints === undefined) return;
    for (const [i, blob] of layer.outputs.entries()) {
      const [hint, tensor] = [hints[i], this.#blobs.get(blob)];
      if (hint === undefined || tensor === undefined) continue;
      const dims = this.#on.dims(tensor);
      if (formatShape(dims) === formatShape(hint)) continue;
      if (this.#warnings.length === MOST_WARNINGS) this.#unsaid++;
      else {
        this.#warnings.push(
          this.#on.warning(
            `makes ${formatShape(dims)} where the file hints at ${formatShape(hint)}`,
            'the layers are counted, as ncnn runs them; ncnnoptimize writes hints anew',
          ),
        );
      }
    }
  }

  #unknownLayers(): Diagnostic | undefined {
    const [first] = this.#unknown;
    if (first === undefined) return undefined;
    const shown = [...this.#unknown].slice(0, MOST_LISTED).map(([type, { count, first: layer, reason }]) => {
      const times = count === 1 ? '' : `${String(count)} times, first `;
      return `${excerpt(type)} (${times}in line ${String(layer.line)}: ${reason})`;
    });
    const rest = this.#unknown.size - shown.length;
    return problem(
      'CSP366',
      `layers of unknown cost: ${shown.join(', ')}` +
        (rest > 0 ? ` and ${String(rest)} more kinds` : '') +
        (this.#behind > 0 ? `; ${String(this.#behind)} behind them have no shape` : ''),
      'pass --on-unknown opaque to go on without their cost',
      { format: 'ncnn', file: this.#file, line: first[1].first.line },
    );
  }

  /** @throws ProfileError for a shape of an input that the file does not have */
  #refuseStrangers(): void {
    for (const name of this.#asked.keys()) {
      if (this.#met.has(name)) continue;
      throw new ProfileError(
        problem(
          'CSP101',
          `has no input "${excerpt(name)}"`,
          `its inputs: ${[...this.#met].slice(0, MOST_LISTED).join(', ')}`,
          {
            format: 'ncnn',
            file: this.#file,
            line: 1,
          },
        ),
      );
    }
  }
}

/** `models/yolov4-tiny.param` is the network `yolov4-tiny`; `net.ncnn.param` of pnnx is `net`. */
const stem = (file: string): string =>
  (file.split(/[\\/]/).at(-1) ?? file).replace(/(?:\.ncnn)?\.param$/i, '');
