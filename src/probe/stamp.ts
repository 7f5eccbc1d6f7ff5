import type { ModelProto, OperatorSetIdProto } from '../formats/onnx/proto.ts';
import type { RuntimeGraph } from './runtimeGraph.ts';

/** Versions of a file, or those to run it under. */
export interface Versions {
  readonly irVersion?: number;
  /** of ONNX's own operators */
  readonly opset?: number;
}

/** The newest versions that a runtime takes, by its words when it refuses a file for its own. */
export function newestTaken(reason: string): Versions | undefined {
  const ir = /IR version: \d+, max supported IR version: (\d+)/.exec(reason)?.[1];
  const opset = /support for domain ai\.onnx is till opset (\d+)/.exec(reason)?.[1];
  if (ir === undefined && opset === undefined) return undefined;
  return {
    ...(ir === undefined ? {} : { irVersion: Number(ir) }),
    ...(opset === undefined ? {} : { opset: Number(opset) }),
  };
}

const isOnnx = ({ domain }: OperatorSetIdProto): boolean =>
  domain === undefined || domain === '' || domain === 'ai.onnx';

export const versionsOf = ({ irVersion, opsetImport }: ModelProto): Versions => {
  const opset = opsetImport.find(isOnnx)?.version;
  return { ...(irVersion === undefined ? {} : { irVersion }), ...(opset === undefined ? {} : { opset }) };
};

/** Versions of all operators that a file imports, with another one of ONNX's own. */
export const importsOf = (
  { opsetImport }: ModelProto,
  opset: number | undefined,
): readonly OperatorSetIdProto[] =>
  opset === undefined
    ? opsetImport
    : opsetImport.map((each) => (isOnnx(each) ? { ...each, version: opset } : each));

/** `opset 28 and IR 14` */
export const versionsText = ({ irVersion, opset }: Versions): string =>
  [
    ...(opset === undefined ? [] : [`opset ${String(opset)}`]),
    ...(irVersion === undefined ? [] : [`IR ${String(irVersion)}`]),
  ].join(' and ');

/**
 * What came with each opset beside further element types, which a runtime refuses by itself: operators, and
 * attributes, with the value that leaves all as it was.
 *
 * @source schemas of onnx 1.23.1 (onnx.defs), those of opset 26 against 27 and 28
 */
const GAINED: Readonly<Record<number, readonly Gain[]>> = {
  27: [{ op: 'LinearAttention' }, { op: 'CausalConvWithState' }, { op: 'Range', attribute: 'stash_type' }],
  28: [{ op: 'SwiGLU' }, { op: 'SpaceToDepth', attribute: 'mode', was: 'DCR' }],
};

interface Gain {
  readonly op: string;
  readonly attribute?: string;
  readonly was?: string;
}

const LAST_KNOWN = Math.max(...Object.keys(GAINED).map(Number));

/** What a graph uses that came after an opset; none of it: it runs under that one as well. */
export function newerUses({ nodes }: RuntimeGraph, own: Versions, taken: Versions): readonly string[] {
  const { opset: from } = taken;
  if (from === undefined || own.opset === undefined) return [];
  if (own.opset > LAST_KNOWN) return [`opset ${String(own.opset)}, whose changes are not known`];
  return Object.entries(GAINED)
    .flatMap(([since, gains]) => (Number(since) > from ? gains : []))
    .filter((gain) => nodes.some((node) => isUse(node, gain)))
    .map(({ op, attribute }) => (attribute === undefined ? op : `${op} with ${attribute}`));
}

function isUse(
  { op, integers, mode }: RuntimeGraph['nodes'][number],
  { op: of, attribute, was }: Gain,
): boolean {
  if (op !== of) return false;
  if (attribute === undefined) return true;
  return attribute === 'mode' ? mode !== undefined && mode !== was : integers.has(attribute);
}
