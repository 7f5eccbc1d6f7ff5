import { dim, type TensorType } from '../../../ops/spec.ts';
import { int, ints, text, type Draft } from '../writeDraft.ts';
import {
  dtypesOf,
  isFloat,
  newer,
  ofTypes,
  only,
  type Expressed,
  type Forms,
  type Operands,
} from '../writer.ts';
import { indices, reshape } from './move.write.ts';
import { ofFloats, orRealOf16Bits } from './quantize.write.ts';
import { wholeIndices } from './select.write.ts';

/**
 * Every bin of a region is a region of one bin, on a map of its own: the channels of the bin. RoiAlign then takes the
 * samples that are needed, and no more.
 */
function positionSensitiveAlign(on: Draft, node: Operands<'psRoiAlign'>): Expressed {
  const {
    attrs: { size, points },
    inputs,
    types,
    outputs,
  } = node;
  if (on.opset < 16) return newer('RoiAlign of exact positions', 16);
  const [map = '', boxes = '', images] = inputs;
  if (types.slice(0, 2).some((type) => !isFloat(type.dtype)))
    return ofTypes('psRoiAlign', dtypesOf(on, node));
  const [{ dtype, shape }, imageType] = [types[0] as TensorType, types[2]];
  const [batch = 1, , height = 1, width = 1] = shape;
  const [regions = 1, channels = 1, rows = 1, columns = 1] = (outputs[0] as TensorType).shape;
  const ratio = Math.sqrt(points);
  if (!Number.isInteger(ratio) || size.length !== 2) {
    return {
      problem: `ONNX aligns no region with ${String(points)} samples per bin`,
      fix: 'take a square number',
    };
  }
  const bins = rows * columns;
  const byBin = on.op('Transpose', [reshape(on, map, [batch, channels, bins, height, width])], {
    perm: ints([0, 2, 1, 3, 4]),
  });
  const maps = reshape(on, byBin, [batch * bins, channels, height, width]);

  const corner = (axes: readonly number[]): string =>
    reshape(on, on.op('Gather', [boxes, on.integers(axes)], { axis: int(1) }), [regions, 1, 4]);
  const start = corner([0, 1, 0, 1]);
  const extents = on.op('Sub', [corner([2, 3, 2, 3]), start]);
  const shares = indices([rows, columns]).flatMap(([row = 0, column = 0]) => [
    column / columns,
    row / rows,
    (column + 1) / columns,
    (row + 1) / rows,
  ]);
  const parts = on.op('Add', [start, on.op('Mul', [extents, on.numbers(dtype, shares, [bins, 4])])]);

  const image =
    images === undefined ? on.integers([0]) : reshape(on, wholeIndices(on, images, imageType), [regions, 1]);
  const firstMap = on.op('Mul', [image, on.integers([bins])]);
  const order = Array.from({ length: bins }, (_, bin) => bin);
  const mapOf = on.op('Add', [firstMap, on.integers(order)]);
  const places = on.op('Expand', [mapOf, on.integers([regions, bins])]);

  const aligned = on.op(
    'RoiAlign',
    [maps, reshape(on, parts, [regions * bins, 4]), reshape(on, places, [regions * bins])],
    { sampling_ratio: int(ratio), output_height: int(1), output_width: int(1) },
  );
  const grouped = on.op('Transpose', [reshape(on, aligned, [regions, bins, channels])], {
    perm: ints([0, 2, 1]),
  });
  return reshape(on, grouped, [regions, channels, rows, columns]);
}

/** Samples at places of a grid, or means of samples in regions. */
function sample(on: Draft, { attrs, inputs, types }: Operands<'sample'>): Expressed {
  const { mode, dims, points, size } = attrs;
  const places = (types[1] as TensorType).shape;
  if (points === 1 && places.length === dims + 2) {
    const least = dims === 2 ? 16 : 20;
    if (on.opset < least) return newer(`sampling along ${String(dims)} axes`, least);
    const old = on.opset < 20 && mode !== 'nearest';
    return on.op('GridSample', inputs, {
      mode: text(old ? `bi${mode === 'cubic' ? 'cubic' : 'linear'}` : mode),
    });
  }
  const ratio = Math.sqrt(points);
  const [rows, columns] = size;
  if (
    mode !== 'linear' ||
    rows === undefined ||
    columns === undefined ||
    !Number.isInteger(ratio) ||
    places[1] !== 4
  ) {
    return {
      problem: `ONNX takes no means of ${String(points)} samples at these places`,
      fix: 'take a square number of samples in regions of 4 corners',
    };
  }
  const images = on.numbers('int64', new Array<number>(dim(places, 0)).fill(0), [dim(places, 0)]);
  return on.op('RoiAlign', [...inputs, images], {
    sampling_ratio: int(ratio),
    output_height: int(rows),
    output_width: int(columns),
  });
}

function resize(on: Draft, { attrs, inputs, types }: Operands<'resize'>): Expressed {
  const [x, { shape }] = only(inputs, types);
  return on.op('Resize', [x, '', '', on.integers([...shape.slice(0, 2), ...attrs.size])], {
    mode: text(attrs.mode),
  });
}

const realResize = ofFloats('resize', resize);
const pickedResize = orRealOf16Bits('resize', resize);

/** Elements that are only picked may be of any type. */
const isPicked = ({ attrs }: Operands<'resize'>): boolean => attrs.mode === 'nearest';

export const IMAGE_FORMS = {
  psRoiAlign: positionSensitiveAlign,
  sample: ofFloats('sample', sample),
  resize: (on, node) => (isPicked(node) ? pickedResize(on, node) : realResize(on, node)),
  upsample: orRealOf16Bits('upsample', (on, { attrs, inputs, types }) => {
    const [x, { shape }] = only(inputs, types);
    const scales = shape.map((_, axis) => (axis < 2 ? 1 : attrs.factor));
    return on.op('Resize', [x, '', on.numbers('float32', scales, [scales.length])], {
      mode: text('nearest'),
      coordinate_transformation_mode: text('asymmetric'),
      nearest_mode: text('floor'),
    });
  }),
} satisfies Forms;
