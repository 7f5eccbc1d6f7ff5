import { excerpt, ProfileError, problem, type DiagnosticCode, type Origin } from '../../diagnostics.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph, TensorId } from '../../graph/graph.ts';
import { elements } from '../../units.ts';
import { conforms, fields } from '../../values.ts';
import { specOf, type OpAttrs, type OpKind } from '../../ops/registry.ts';
import { formatShape, type TensorType } from '../../ops/spec.ts';
import { GRAPH_FILE, SCHEMA_VERSION, type GraphFile, type NodeEntry } from './file.ts';
import { parseJson } from '../../json.ts';

/**
 * The graph in one of our own graph files; every shape is inferred again.
 *
 * @param file its name, for messages
 * @throws ProfileError CSP351 where it is not JSON, CSP352 for another schema version, CSP353 where an entry is
 *   not what the schema says, CSP201 where shapes or attributes do not fit; each with the JSON path
 */
export function readJson(text: string, file: string): Graph {
  const entries = parse(text, file);
  const builder = new GraphBuilder({
    name: entries.name,
    source: entries.source ?? file,
    format: entries.format ?? 'json',
    ...(entries.fileBytes === undefined ? {} : { fileBytes: entries.fileBytes }),
  });
  const tensors = entries.inputs.map(({ name, dtype, shape, channelsLast = false }) =>
    builder.input(name, { dtype, shape }, { channelsLast }),
  );
  for (const [c, { role, dtype, shape, name, values, stored }] of (entries.constants ?? []).entries()) {
    if (values !== undefined && values.length !== elements(shape)) {
      fail(file, `constants[${String(c)}].values`, `are ${String(values.length)} for ${formatShape(shape)}`);
    }
    tensors.push(builder.constant(role, { dtype, shape }, name, values, stored));
  }
  const tensor = (number: number, path: string): TensorId =>
    tensors[number] ??
    fail(file, path, `is ${String(number)}, but only ${String(tensors.length)} tensors exist before it`);

  entries.layers.forEach((layer, l) => {
    const path = `layers[${String(l)}]`;
    builder.layer({
      name: layer.name,
      origin: layer.origin ?? { format: 'json', file, path },
      ...(layer.stage === undefined ? {} : { stage: layer.stage }),
    });
    layer.nodes.forEach((node, n) => tensors.push(...addNode(node, `${path}.nodes[${String(n)}]`)));
  });
  for (const bound of entries.bounds ?? []) builder.bound(bound);
  entries.outputs?.forEach((output, o) => {
    builder.output(output.name, tensor(output.tensor, `outputs[${String(o)}].tensor`));
  });
  const graph = builder.build();
  return entries.notes === undefined ? graph : { ...graph, notes: entries.notes };

  function addNode(node: NodeEntry, path: string): readonly TensorId[] {
    const { kind, repeat, channelsLast = false } = node;
    const attrs = attributesOf(node, path);
    const inputs = node.inputs.map((number, i) => tensor(number, `${path}.inputs[${String(i)}]`));
    const params = node.params?.map((number, i) => tensor(number, `${path}.params[${String(i)}]`));
    const given = {
      channelsLast,
      ...(params === undefined ? {} : { params }),
      ...(repeat === undefined ? {} : { repeat }),
    };
    try {
      const outputs = builder.addAll(kind, inputs, attrs, given);
      if (params !== undefined) checkParams(kind, inputs, attrs, params, `${path}.params`);
      return outputs;
    } catch (error) {
      // The builder knows the layer's origin, which may be another file: what is wrong is here.
      if (!(error instanceof ProfileError)) throw error;
      const [first, ...others] = error.diagnostics.map((each) =>
        each.code === 'CSP201' ? { ...each, origin: at(file, path) } : each,
      );
      throw first === undefined ? error : new ProfileError(first, ...others);
    }
  }

  function attributesOf<K extends OpKind>(node: NodeEntry & { readonly kind: K }, path: string): OpAttrs<K> {
    const type = fields<OpAttrs<K>>(specOf(node.kind).attrs);
    const attrs = node.attrs ?? {};
    if (conforms(type, attrs)) return attrs;
    const wrong = type.mismatch(attrs);
    return fail(file, `${path}.attrs${wrong?.path ?? ''}`, wrong?.problem ?? '');
  }

  function checkParams(
    kind: OpKind,
    inputs: readonly TensorId[],
    attrs: OpAttrs<OpKind>,
    params: readonly TensorId[],
    path: string,
  ): void {
    const types = inputs.map((id) => builder.typeOf(id));
    const expected = specOf(kind).params?.(types, attrs) ?? [];
    // Roles may differ: a tensor that several nodes share has the one that it was found with first. So may element
    // types: quantised weights have another one than the data.
    const show = (list: readonly TensorType[]): string =>
      list.map(({ shape }) => formatShape(shape)).join(', ') || 'none';
    const stated = show(params.map((id) => builder.typeOf(id)));
    const wanted = show(expected.map(({ type }) => type));
    if (stated !== wanted) fail(file, path, `are ${stated}, the operator has ${wanted}`);
  }
}

function parse(text: string, file: string): GraphFile {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    const why = error instanceof SyntaxError ? excerpt(error.message, 160) : 'unreadable';
    return fail(
      file,
      '',
      `is not JSON: ${why}`,
      'CSP351',
      'write the file again: csp-profile export MODEL --to json',
    );
  }
  const version: unknown =
    typeof value === 'object' && value !== null && 'schemaVersion' in value ? value.schemaVersion : undefined;
  if (version !== SCHEMA_VERSION) {
    fail(
      file,
      'schemaVersion',
      `is ${version === undefined ? 'missing' : excerpt(JSON.stringify(version))}; this version reads graph files of schema version ${String(SCHEMA_VERSION)}`,
      'CSP352',
      'name a graph file that csp-profile export --to json wrote, or write it again',
    );
  }
  if (conforms(GRAPH_FILE, value)) return value;
  const wrong = GRAPH_FILE.mismatch(value);
  return fail(file, wrong?.path.slice(1) ?? '', wrong?.problem ?? '');
}

const at = (file: string, path: string): Origin =>
  path === '' ? { format: 'json', file } : { format: 'json', file, path };

function fail(
  file: string,
  path: string,
  what: string,
  code: DiagnosticCode = 'CSP353',
  fix = 'correct the entry, or write the file again: csp-profile export MODEL --to json',
): never {
  throw new ProfileError(problem(code, what, fix, at(file, excerpt(path, 120))));
}
