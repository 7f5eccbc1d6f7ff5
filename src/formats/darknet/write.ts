import { ProfileError, escapeControls, problem, type Diagnostic, type Origin } from '../../diagnostics.ts';
import { tensorOf, type Graph, type Layer, type OpNode, type TensorId } from '../../graph/graph.ts';
import { dim, formatShape, type Shape } from '../../ops/spec.ts';
import { differenceOf } from './same.ts';
import { fromDarknet } from './read.ts';
import { sectionAt, type Draft } from './match.ts';

/**
 * The graph as a Darknet `.cfg`; reading that gives the same nodes again, in the same order, with the same
 * parameters shared. Where a layer reads another than the one before it, a `[route]` is put between them.
 *
 * @throws ProfileError CSP421 for what no section expresses, CSP422 for an input that `[net]` cannot describe,
 * CSP423 where the written file would be read as another graph
 */
export function writeDarknet(graph: Graph): string {
  const writer = new Writer(graph);
  const file = writer.write();
  // The reader is the judge of what was written: nothing is believed to be expressible, it is seen to be.
  const difference = differenceOf(graph, readBack(file, graph, writer), writer.inserted);
  if (difference !== undefined) throw inexact(difference.what, difference.origin);
  return file;
}

function readBack(file: string, graph: Graph, writer: Writer): Graph {
  try {
    return fromDarknet(file, { batch: dim(inputOf(graph), 0) });
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    const { message, origin } = error.diagnostics[0] as Diagnostic;
    throw inexact(message, origin?.format === 'darknet' ? writer.origins[origin.index ?? 0] : undefined);
  }
}

const FIX = 'write it as json or onnx';

const inexact = (what: string, origin: Origin | undefined): ProfileError =>
  new ProfileError(problem('CSP423', `no section says this exactly: ${what}`, FIX, origin));

function inputOf(graph: Graph): Shape {
  const [input, ...others] = graph.inputs;
  const shape = input === undefined ? [] : tensorOf(graph, input.tensor).type.shape;
  if (others.length > 0 || (shape.length !== 4 && shape.length !== 2)) {
    throw new ProfileError(
      problem(
        'CSP422',
        `Darknet reads one map or vector, the network ${graph.inputs.map(({ name, tensor }) => `${name} ${formatShape(tensorOf(graph, tensor).type.shape)}`).join(', ')}`,
        FIX,
        graph.layers[0]?.origin,
      ),
    );
  }
  return shape;
}

class Writer {
  /** of the layer that each section is written for */
  readonly origins: Origin[] = [];
  /** indices of sections that stand for no node of the graph */
  readonly inserted = new Set<number>();
  readonly #graph: Graph;
  readonly #drafts: Draft[] = [];
  /** index of the section whose result a tensor is */
  readonly #made = new Map<TensorId, number>();
  /** index of the first section that has a parameter */
  readonly #owners = new Map<TensorId, number>();
  /** the result of the last section, or the network's input */
  #last: TensorId | undefined;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#last = graph.inputs[0]?.tensor;
  }

  write(): string {
    const shape = inputOf(this.#graph);
    const [layer] = this.#graph.layers;
    const first = layer && sectionAt(this.#graph, layer.first, layer);
    const again = this.#graph.nodes
      .slice(first?.end)
      .some(({ inputs }) => inputs.some((id) => id === this.#last));
    // Only layers have a name: an input that is named, or read again later, becomes one.
    if ((again || first?.input === undefined) && this.#last !== undefined) {
      this.#insert({ name: 'empty', options: [] }, this.#last, layer?.origin);
    }
    let at = 0;
    for (const each of this.#graph.layers) {
      while (at < each.last) at = this.#section(at, each);
    }
    const [batch, channels, height, width] = shape;
    const net: Draft = {
      name: 'net',
      options: [
        ['batch', String(batch)],
        ['subdivisions', '1'],
        ...(height === undefined
          ? [['inputs', String(channels)] as const]
          : ([
              ['width', String(width)],
              ['height', String(height)],
              ['channels', String(channels)],
            ] as const)),
      ],
    };
    return [
      `# ${escapeControls(this.#graph.name)}, written by csp-profile: its structure, no training options`,
      ...[net, ...this.#drafts].map(
        ({ name, options }) => `[${name}]\n${options.map(([key, value]) => `${key}=${value}\n`).join('')}`,
      ),
    ].join('\n');
  }

  /** Writes the section that begins at node `at`, and returns the node behind it. */
  #section(at: number, layer: Layer): number {
    const match = sectionAt(this.#graph, at, layer);
    if (match === undefined) return this.#refuse(this.#graph.nodes[at] as OpNode, layer.origin);
    const result = (this.#graph.nodes[match.end - 1] as OpNode).outputs[0];
    if (match.input !== undefined && match.input !== this.#last) {
      const reference = this.#reference(match.input, layer.origin);
      this.#insert({ name: 'route', options: [['layers', reference]] }, match.input, layer.origin);
    }
    const references = (ids: readonly TensorId[]): string =>
      ids.map((id) => this.#reference(id, layer.origin)).join(',');
    const draft = match.draft(references, ([weight]) =>
      weight === undefined ? undefined : this.#owners.get(weight),
    );
    for (let i = at; i < match.end; i++) {
      const [weight] = (this.#graph.nodes[i] as OpNode).params;
      if (weight !== undefined && !this.#owners.has(weight)) this.#owners.set(weight, this.#drafts.length);
    }
    this.#push(draft, result, layer.origin);
    return match.end;
  }

  #push(draft: Draft, result: TensorId | undefined, origin: Origin | undefined): void {
    if (origin !== undefined) this.origins[this.#drafts.length] = origin;
    if (result !== undefined) this.#made.set(result, this.#drafts.length);
    this.#drafts.push(draft);
    this.#last = result;
  }

  #insert(draft: Draft, result: TensorId, origin: Origin | undefined): void {
    this.inserted.add(this.#drafts.length);
    this.#push(draft, result, origin);
  }

  /** How the next section names the layer that made this tensor. */
  #reference(tensor: TensorId, origin: Origin): string {
    const index = this.#made.get(tensor);
    if (index !== undefined) return String(index - this.#drafts.length);
    throw new ProfileError(
      problem('CSP421', 'reads a result from inside another layer, which Darknet cannot name', FIX, origin),
    );
  }

  #refuse(node: OpNode, origin: Origin): never {
    throw new ProfileError(
      problem(
        'CSP421',
        `Darknet has no section for ${node.kind === 'opaque' ? node.attrs.op : node.kind} as it is used here`,
        FIX,
        origin,
      ),
    );
  }
}
