import { ProfileError, problem } from '../../diagnostics.ts';
import { dtypeOf } from './dtype.ts';
import type { TypeProto } from './proto.ts';
import type { Extent } from '../../ops/extent.ts';
import { MAP, tensor, UNKNOWN, type Value } from './values.ts';

/** A dimension as the file states it. */
export type StatedDim = number | { readonly symbol: string } | undefined;

/**
 * The value that a TypeProto describes; `dimension` gives each stated dimension its extent.
 *
 * @throws ProfileError CSP302 for an element type that does not exist
 */
export function valueOfType(
  type: TypeProto | undefined,
  dimension: (stated: StatedDim, axis: number) => Extent,
  where: { readonly file: string; readonly name: string },
): Value {
  if (type === undefined) return UNKNOWN;
  const held = type.tensorType ?? type.sparseTensorType;
  if (held !== undefined) {
    const { elemType, shape } = held;
    const dtype = dtypeOf(elemType);
    if (dtype === undefined && elemType !== undefined && elemType !== 0) {
      throw new ProfileError(
        problem(
          'CSP302',
          `"${where.name}" has data type ${String(elemType)}, which does not exist`,
          'export the model again',
          {
            format: 'onnx',
            file: where.file,
          },
        ),
      );
    }
    return tensor(
      dtype,
      shape?.dim.map((dim, axis) => dimension(statedDim(dim.dimValue, dim.dimParam), axis)),
    );
  }
  if (type.sequenceType !== undefined) {
    return {
      kind: 'sequence',
      element: valueOfType(type.sequenceType.elemType, dimension, where),
      items: undefined,
    };
  }
  if (type.optionalType !== undefined) {
    return {
      kind: 'optional',
      element: valueOfType(type.optionalType.elemType, dimension, where),
      present: undefined,
    };
  }
  return type.mapType === undefined ? UNKNOWN : MAP;
}

function statedDim(value: number | undefined, param: string | undefined): StatedDim {
  if (value !== undefined) return value;
  return param === undefined || param === '' ? undefined : { symbol: param };
}
