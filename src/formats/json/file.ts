import type { Origin } from '../../diagnostics.ts';
import { ORIGIN } from '../origin.ts';
import { FORMAT_IDS } from '../registry.ts';
import type { Graph, Stored } from '../../graph/graph.ts';
import { choice, fields, flag, list, natural, number, optional, text, type ValueType } from '../../values.ts';
import { DTYPES } from '../../ops/dtype.ts';
import { OPS, type OpKind } from '../../ops/registry.ts';
import { PARAM_ROLES, type ParamRole, type TensorType } from '../../ops/spec.ts';

/** Version of the graph file; it rises when a reader of the version before would misread a file. */
export const SCHEMA_VERSION = 1;

/**
 * A graph as our own JSON file states it. Tensors are numbered: first `inputs`, then `constants`, then the
 * outputs of all nodes in order. Shapes behind the inputs, and parameters that belong to one node alone, are
 * not stated: the operators say what they are, and so a file cannot contradict them.
 */
export interface GraphFile {
  readonly schemaVersion: number;
  readonly name: string;
  readonly source?: string;
  readonly format?: Graph['format'];
  /** size of the file that it was read from */
  readonly fileBytes?: number;
  readonly notes?: readonly string[];
  readonly inputs: readonly InputEntry[];
  readonly constants?: readonly ConstantEntry[];
  readonly layers: readonly LayerEntry[];
  /** absent: every result that nothing reads */
  readonly outputs?: readonly { readonly name: string; readonly tensor: number }[];
  /** what the data decide and is counted at a bound, in words */
  readonly bounds?: readonly string[];
}

export interface InputEntry extends TensorType {
  readonly name: string;
  /** the file that it came from stores it with the channels last */
  readonly channelsLast?: boolean;
}

/** A tensor that no node computes and that is named, shared by several nodes, or an operand. */
export interface ConstantEntry extends TensorType {
  readonly role: ParamRole | 'constant';
  readonly name?: string;
  /** the content, row-major; absent where it does not matter */
  readonly values?: readonly number[];
  /** absent: stored as its type says, for itself alone */
  readonly stored?: Stored;
}

export interface LayerEntry {
  readonly name: string;
  readonly stage?: string;
  readonly origin?: Origin;
  readonly nodes: readonly NodeEntry[];
}

export interface NodeEntry {
  readonly kind: OpKind;
  readonly inputs: readonly number[];
  /** absent: the operator has none */
  readonly attrs?: unknown;
  /** absent: parameters of its own, as the operator wants them */
  readonly params?: readonly number[];
  readonly repeat?: number | 'unknown';
  /** the file that it came from stores the results with the channels last */
  readonly channelsLast?: boolean;
}

const KINDS = Object.keys(OPS) as readonly OpKind[];

const REPEAT: ValueType<number | 'unknown'> = {
  mismatch: (value) =>
    value === 'unknown' || natural.mismatch(value) === undefined
      ? undefined
      : { path: '', problem: 'must be a whole number, 0 or more, or "unknown"' },
};

const ANYTHING: ValueType<unknown> = { mismatch: () => undefined };

const tensor = { dtype: choice(DTYPES), shape: list(natural) };

export const GRAPH_FILE: ValueType<GraphFile> = fields<GraphFile>({
  schemaVersion: natural,
  name: text,
  source: optional(text),
  format: optional(choice(FORMAT_IDS)),
  fileBytes: optional(natural),
  notes: optional(list(text)),
  inputs: list(fields<InputEntry>({ name: text, ...tensor, channelsLast: optional(flag) })),
  constants: optional(
    list(
      fields<ConstantEntry>({
        role: choice([...PARAM_ROLES, 'constant']),
        ...tensor,
        name: optional(text),
        values: optional(list(number)),
        stored: optional(fields<Stored>({ elements: natural, bytes: natural, read: optional(natural) })),
      }),
    ),
  ),
  layers: list(
    fields<LayerEntry>({
      name: text,
      stage: optional(text),
      origin: optional(ORIGIN),
      nodes: list(
        fields<NodeEntry>({
          kind: choice(KINDS),
          inputs: list(natural),
          attrs: optional(ANYTHING),
          params: optional(list(natural)),
          repeat: optional(REPEAT),
          channelsLast: optional(flag),
        }),
      ),
    }),
  ),
  outputs: optional(list(fields({ name: text, tensor: natural }))),
  bounds: optional(list(text)),
});
